import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import {
  type Hex,
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
  type TransactionSerializable,
  keccak256 as viemKeccak,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { bytesToHex, fromBigInt, hexToBytes, toBigInt } from '../lib/index.ts'
import { DEVELOPER_ACCOUNTS } from './localGenesis.ts'
import { type RlpValue, rlpDecode, rlpEncode } from './rlp.ts'
import { recoverNoble, recoverPublicKey, signHash } from './secp256k1.ts'
import { recoverAddress, recoverAuthorities, recoverSender, SECP256K1_N } from './sender.ts'
import {
  decodeTransaction,
  effectiveGasPrice,
  encodeTransaction,
  signingHash,
  type Transaction,
  transactionHash,
} from './Transaction.ts'

const account = privateKeyToAccount(DEVELOPER_ACCOUNTS[0]!.privateKey as Hex)
const to = '0x00000000000000000000000000000000000000aa'
const accessList = [{ address: to, storageKeys: [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`] }] as const
const call = { to, nonce: 7, gas: 100_000n, value: 5n, data: '0x010203' } as const
const fees = { maxFeePerGas: 30n, maxPriorityFeePerGas: 2n, chainId: 31337 } as const
const blobVersionedHashes: Hex[] = [`0x01${'00'.repeat(31)}`]

const SAMPLES: Record<string, TransactionSerializable> = {
  'legacy without chain id': { ...call, type: 'legacy', gasPrice: 9n },
  'legacy with chain id': { ...call, type: 'legacy', gasPrice: 9n, chainId: 31337 },
  'legacy creation': { ...call, type: 'legacy', gasPrice: 9n, chainId: 1, to: null },
  'access list': { ...call, type: 'eip2930', gasPrice: 9n, chainId: 31337, accessList },
  'fee market': { ...call, ...fees, type: 'eip1559', accessList },
  'fee market, all zero': {
    ...fees,
    type: 'eip1559',
    nonce: 0,
    gas: 0n,
    value: 0n,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
  },
  blob: { ...call, ...fees, type: 'eip4844', blobVersionedHashes, maxFeePerBlobGas: 3n, sidecars: false },
}

describe('Transaction', () => {
  for (const [name, sample] of Object.entries(SAMPLES)) {
    it(`decodes, encodes, hashes and recovers as viem does: ${name}`, async () => {
      const raw = await account.signTransaction(sample)
      const tx = decoded(raw)
      assert.equal(bytesToHex(encodeTransaction(tx)), raw)
      assert.equal(bytesToHex(transactionHash(tx)), viemKeccak(raw))
      assert.equal(bytesToHex(signingHash(tx)), viemKeccak(serializeTransaction(sample)))
      assert.equal(bytesToHex(recoverSender(tx)!), account.address.toLowerCase())
      assert.equal(
        await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` }),
        account.address,
      )
      const theirs = parseTransaction(raw)
      assert.equal(tx.gasLimit, theirs.gas ?? 0n)
      assert.equal(tx.nonce, BigInt(theirs.nonce ?? 0))
      assert.equal(tx.value, theirs.value ?? 0n)
    })
  }

  it('decodes a set-code transaction and recovers its authorities', async () => {
    const other = privateKeyToAccount(DEVELOPER_ACCOUNTS[1]!.privateKey as Hex)
    const authorization = await other.signAuthorization({ address: to, chainId: 31337, nonce: 3 })
    const raw = await account.signTransaction({
      ...call,
      ...fees,
      type: 'eip7702',
      authorizationList: [authorization],
    })
    const tx = decoded(raw)
    assert.equal(tx.type, 4)
    assert.equal(bytesToHex(encodeTransaction(tx)), raw)
    assert.equal(bytesToHex(recoverSender(tx)!), account.address.toLowerCase())
    assert.deepEqual(recoverAuthorities(tx).map(hexOrUndefined), [other.address.toLowerCase()])
    const [first] = tx.type === 4 ? tx.authorizationList : []
    const voidOnes = [
      { ...first!, yParity: 2 },
      { ...first!, s: SECP256K1_N - first!.s },
      { ...first!, r: 0n },
    ]
    const withVoid: Transaction = { ...tx, authorizationList: voidOnes } as Transaction
    assert.deepEqual(recoverAuthorities(withVoid), [undefined, undefined, undefined])
  })

  it('recovers the example of EIP-155', () => {
    const raw =
      '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83'
    const tx = decoded(raw)
    assert.equal(
      bytesToHex(signingHash(tx)),
      '0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53',
    )
    assert.equal(bytesToHex(recoverSender(tx)!), '0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f')
  })

  it('has no sender for high s, zero and out-of-range signatures', async () => {
    const tx = decoded(await account.signTransaction(SAMPLES['fee market']!))
    for (const change of [
      { s: SECP256K1_N - tx.s, yParity: tx.yParity === 1 ? 0 : 1 },
      { r: 0n },
      { s: 0n },
      { r: SECP256K1_N },
    ]) {
      assert.equal(recoverSender({ ...tx, ...change } as Transaction), undefined)
    }
  })

  it('names what is wrong', async () => {
    const raw = hexToBytes(await account.signTransaction(SAMPLES['fee market']!))
    const blob = hexToBytes(await account.signTransaction(SAMPLES.blob!))
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(0), 'RLP_ERROR_SIZE'],
      [Uint8Array.of(5, 0xc0), 'TYPE_NOT_SUPPORTED'],
      [Uint8Array.of(0x80), 'RLP_INVALID_HEADER'],
      [raw.subarray(0, raw.length - 1), 'RLP_ERROR_SIZE'],
      [new Uint8Array([...raw, 0]), 'RLP_ERROR_SIZE'],
      [withField(raw, 1, Uint8Array.of(0, 7)), 'RLP_LEADING_ZEROS_NONCE'],
      [withField(raw, 1, new Uint8Array(9).fill(1)), 'NONCE_OVERFLOW'],
      [withField(raw, 3, new Uint8Array(33).fill(1)), 'GASPRICE_OVERFLOW'],
      [withField(raw, 4, new Uint8Array(9).fill(1)), 'GASLIMIT_OVERFLOW'],
      [withField(raw, 5, new Uint8Array(21)), 'ADDRESS_TOO_LONG'],
      [withField(raw, 5, new Uint8Array(19)), 'ADDRESS_TOO_SHORT'],
      [withField(raw, 6, new Uint8Array(33).fill(1)), 'VALUE_OVERFLOW'],
      [withField(raw, 7, []), 'RLP_INVALID_DATA'],
      [
        withField(raw, 8, [[new Uint8Array(20), [new Uint8Array(31)]]]),
        'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT',
      ],
      [withField(raw, 8, [[new Uint8Array(21), []]]), 'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG'],
      [withField(raw, 9, Uint8Array.of(2)), 'INVALID_SIGNATURE_VRS'],
      [withField(raw, 10, new Uint8Array(33).fill(1)), 'RLP_INVALID_SIGNATURE_R'],
      [withField(raw, 12, Uint8Array.of(1)), 'RLP_TOO_MANY_ELEMENTS'],
      [withField(blob, 5, new Uint8Array(0)), 'TYPE_3_TX_CONTRACT_CREATION'],
      [withField(blob, 10, [new Uint8Array(31)]), 'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH'],
      [new Uint8Array([3, ...rlpEncode([[], [], [], []])]), 'TYPE_3_TX_WITH_FULL_BLOBS'],
      [new Uint8Array([2, ...rlpEncode([])]), 'RLP_TOO_FEW_ELEMENTS'],
    ]
    for (const [bytes, name] of cases) {
      const result = decodeTransaction(bytes)
      assert.equal(result.ok ? 'accepted' : result.code, `TransactionException.${name}`)
    }
  })

  it('prices by the base fee up to the cap', async () => {
    const tx = decoded(await account.signTransaction(SAMPLES['fee market']!))
    assert.deepEqual([effectiveGasPrice(tx, 10n), effectiveGasPrice(tx, 29n)], [12n, 30n])
    const legacy = decoded(await account.signTransaction(SAMPLES['legacy with chain id']!))
    assert.equal(effectiveGasPrice(legacy, 3n), 9n)
  })
})

describe('decodeTransaction', () => {
  it('calls nothing, and a type alone, too short, as go-ethereum does', () => {
    for (const raw of ['0x', '0x00', '0x02', '0x7f']) {
      const { code, message } = decodeTransaction(hexToBytes(raw)) as { code: string; message: string }
      assert.deepEqual(
        [code, message],
        ['TransactionException.RLP_ERROR_SIZE', 'typed transaction too short'],
      )
    }
  })
})

describe('recoverPublicKey', () => {
  it('gives the same with the native binding and with the JavaScript twin', () => {
    const key = hexToBytes(DEVELOPER_ACCOUNTS[2]!.privateKey)
    for (let i = 1; i <= 5; i++) {
      const hash = fromBigInt(BigInt(i) ** 50n, 32)
      const { r, s, yParity } = signHash(hash, key)
      const signature = new Uint8Array([...r, ...s])
      for (const parity of [0, 1]) {
        const theirs = recoverNoble(hash, signature, parity)
        assert.deepEqual(hexOrUndefined(recoverPublicKey(hash, signature, parity)), hexOrUndefined(theirs))
      }
      const address = recoverAddress(hash, yParity, toBigInt(r), toBigInt(s))
      assert.equal(hexOrUndefined(address), DEVELOPER_ACCOUNTS[2]!.address.toLowerCase())
    }
  })

  it('gives undefined where r is no x coordinate', () => {
    const signature = new Uint8Array(64).fill(5)
    signature.set(fromBigInt(5n, 32), 0)
    assert.equal(recoverPublicKey(new Uint8Array(32).fill(1), signature, 0), undefined)
    assert.equal(recoverNoble(new Uint8Array(32).fill(1), signature, 0), undefined)
  })
})

function decoded(raw: string): Transaction {
  const result = decodeTransaction(hexToBytes(raw))
  assert.ok(result.ok, result.ok ? '' : result.message)
  return result.transaction
}

/** A typed envelope with one field of its list replaced or appended. */
function withField(raw: Uint8Array, index: number, value: RlpValue): Uint8Array {
  const list = rlpDecode(raw.subarray(1))
  assert.ok(list.ok && !(list.value instanceof Uint8Array))
  const fields = [...list.value]
  fields[index] = value
  return new Uint8Array([raw[0]!, ...rlpEncode(fields)])
}

function hexOrUndefined(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : bytesToHex(bytes)
}
