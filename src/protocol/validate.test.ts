import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { Fork } from './forks.ts'
import type { Transaction } from './Transaction.ts'
import { floorGas, intrinsicGas, validateTransaction } from './validate.ts'

const address = new Uint8Array(20)
const BASE = {
  type: 2,
  chainId: 1n,
  nonce: 0n,
  maxPriorityFeePerGas: 1n,
  maxFeePerGas: 10n,
  gasLimit: 1_000_000n,
  to: address,
  value: 0n,
  data: new Uint8Array(0),
  accessList: [],
  yParity: 0,
  r: 1n,
  s: 1n,
} as const
const hash = (version: number) => new Uint8Array(32).fill(version, 0, 1)

function change(members: object): Transaction {
  return { ...BASE, ...members } as unknown as Transaction
}

describe('intrinsicGas', () => {
  it('adds up calldata, creation, access list and authorizations', () => {
    const data = Uint8Array.of(0, 0, 1)
    assert.equal(intrinsicGas(change({})), 21000n)
    assert.equal(intrinsicGas(change({ data })), 21000n + 8n + 16n)
    assert.equal(intrinsicGas(change({ data, to: undefined })), 53000n + 8n + 16n + 2n)
    const accessList = [{ address, storageKeys: [hash(1), hash(2)] }]
    assert.equal(intrinsicGas(change({ accessList })), 21000n + 2400n + 3800n)
    assert.equal(intrinsicGas(change({ type: 4, authorizationList: [{}, {}] })), 71000n)
  })

  it('has a floor for calldata from Prague on', () => {
    const data = Uint8Array.of(0, 0, 1)
    assert.equal(floorGas(change({ data }), 'Cancun'), 0n)
    assert.equal(floorGas(change({ data }), 'Prague'), 21000n + 60n)
  })
})

describe('validateTransaction', () => {
  const cases: [string, object, Fork, string | undefined][] = [
    ['an ordinary transaction', {}, 'Osaka', undefined],
    ['another chain', { chainId: 2n }, 'Osaka', 'INVALID_CHAINID'],
    ['no replay protection', { type: 0, chainId: undefined, gasPrice: 1n }, 'Osaka', undefined],
    ['the last nonce', { nonce: 2n ** 64n - 2n }, 'Osaka', undefined],
    ['a nonce beyond the last', { nonce: 2n ** 64n - 1n }, 'Osaka', 'NONCE_IS_MAX'],
    ['gas at the cap', { gasLimit: 2n ** 24n }, 'Osaka', undefined],
    ['gas above the cap', { gasLimit: 2n ** 24n + 1n }, 'Osaka', 'GAS_LIMIT_EXCEEDS_MAXIMUM'],
    ['gas above the later cap', { gasLimit: 2n ** 24n + 1n }, 'Prague', undefined],
    ['a tip above the cap', { maxPriorityFeePerGas: 11n }, 'Osaka', 'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS'],
    ['a price beyond 256 bits', { maxFeePerGas: 2n ** 255n }, 'Osaka', 'GASLIMIT_PRICE_PRODUCT_OVERFLOW'],
    ['too little gas', { gasLimit: 20999n }, 'Osaka', 'INTRINSIC_GAS_TOO_LOW'],
    [
      'gas below the floor',
      { gasLimit: 21059n, data: Uint8Array.of(0, 0, 1) },
      'Prague',
      'INTRINSIC_GAS_BELOW_FLOOR_GAS_COST',
    ],
    ['the largest initcode', { to: undefined, data: new Uint8Array(49152) }, 'Osaka', undefined],
    ['initcode too large', { to: undefined, data: new Uint8Array(49153) }, 'Osaka', 'INITCODE_SIZE_EXCEEDED'],
    ['no blobs', { type: 3, blobVersionedHashes: [] }, 'Osaka', 'TYPE_3_TX_ZERO_BLOBS'],
    ['six blobs', { type: 3, blobVersionedHashes: Array(6).fill(hash(1)) }, 'Osaka', undefined],
    [
      'seven blobs',
      { type: 3, blobVersionedHashes: Array(7).fill(hash(1)) },
      'Osaka',
      'TYPE_3_TX_BLOB_COUNT_EXCEEDED',
    ],
    ['seven blobs earlier', { type: 3, blobVersionedHashes: Array(7).fill(hash(1)) }, 'Prague', undefined],
    [
      'another blob version',
      { type: 3, blobVersionedHashes: [hash(2)] },
      'Osaka',
      'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH',
    ],
    ['set code too early', { type: 4, authorizationList: [{}] }, 'Cancun', 'TYPE_4_TX_PRE_FORK'],
    ['no authorizations', { type: 4, authorizationList: [] }, 'Prague', 'TYPE_4_EMPTY_AUTHORIZATION_LIST'],
  ]
  for (const [name, members, fork, code] of cases) {
    it(`${code === undefined ? 'accepts' : 'refuses'} ${name} (${fork})`, () => {
      const expected = code === undefined ? undefined : `TransactionException.${code}`
      assert.equal(validateTransaction(change(members), { fork, chainId: 1n })?.code, expected)
    })
  }
})
