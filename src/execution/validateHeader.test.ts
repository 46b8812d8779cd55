import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, FORK_RULES, type Header, headerHash } from '../protocol/index.ts'
import { validateHeader } from './validateHeader.ts'

const RULES = { fork: 'Osaka' as const, blobSchedule: FORK_RULES.Osaka.blobSchedule }
const GAS_PER_BLOB = 131_072n

const PARENT: Header = {
  parentHash: new Uint8Array(32).fill(1),
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: new Uint8Array(20).fill(2),
  stateRoot: EMPTY_TRIE_ROOT,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: new Uint8Array(256),
  difficulty: 0n,
  number: 7n,
  gasLimit: 30_000_000n,
  gasUsed: 20_000_000n,
  timestamp: 1000n,
  extraData: new Uint8Array(0),
  prevRandao: new Uint8Array(32),
  nonce: new Uint8Array(8),
  baseFeePerGas: 900n,
  withdrawalsRoot: EMPTY_TRIE_ROOT,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: new Uint8Array(32),
  requestsHash: new Uint8Array(32),
}

/** A valid child: 20 of 30 million gas is a third above the target, so the base fee rises by 900 / 3 / 8. */
const CHILD: Header = {
  ...PARENT,
  parentHash: headerHash(PARENT),
  number: 8n,
  timestamp: 1001n,
  gasUsed: 0n,
  baseFeePerGas: 937n,
}

function codeOf(change: Partial<Header>): string | undefined {
  return validateHeader({ ...CHILD, ...change }, PARENT, RULES)?.code
}

describe('validateHeader', () => {
  it('accepts a child that fits its parent, up to the bounds', () => {
    assert.equal(codeOf({}), undefined)
    // Less than 1/1,024 of the parent's 30,000,000: at most 29,295.
    assert.equal(codeOf({ gasLimit: 30_029_295n }), undefined)
    assert.equal(codeOf({ gasLimit: 29_970_705n }), undefined)
    assert.equal(codeOf({ gasUsed: 30_000_000n }), undefined)
    assert.equal(codeOf({ extraData: new Uint8Array(32) }), undefined)
    assert.equal(codeOf({ blobGasUsed: 9n * GAS_PER_BLOB }), undefined)
    assert.equal(codeOf({ timestamp: 2n ** 64n - 1n }), undefined)
  })

  const refused: [name: string, change: Partial<Header>, code: string][] = [
    ['another parent', { parentHash: new Uint8Array(32) }, 'UNKNOWN_PARENT'],
    ['a number that does not follow', { number: 9n }, 'INVALID_BLOCK_NUMBER'],
    ['the time of its parent', { timestamp: 1000n }, 'INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT'],
    ['a gas limit that rises too far', { gasLimit: 30_029_296n }, 'INVALID_GASLIMIT'],
    ['a gas limit that falls too far', { gasLimit: 29_970_704n }, 'INVALID_GASLIMIT'],
    ['a gas limit of 64 bits', { gasLimit: 2n ** 63n }, 'GASLIMIT_TOO_BIG'],
    ['more gas than its limit', { gasUsed: 30_000_001n }, 'INVALID_GAS_USED_ABOVE_LIMIT'],
    ['a base fee one too low', { baseFeePerGas: 936n }, 'INVALID_BASEFEE_PER_GAS'],
    ['a base fee one too high', { baseFeePerGas: 938n }, 'INVALID_BASEFEE_PER_GAS'],
    ['33 bytes of extra data', { extraData: new Uint8Array(33) }, 'EXTRA_DATA_TOO_BIG'],
    ['a difficulty', { difficulty: 1n }, 'IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS'],
    ['a nonce', { nonce: new Uint8Array(8).fill(1) }, 'INCORRECT_BLOCK_FORMAT'],
    ['ommers', { ommersHash: new Uint8Array(32) }, 'IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS'],
    ['too many blobs', { blobGasUsed: 10n * GAS_PER_BLOB }, 'BLOB_GAS_USED_ABOVE_LIMIT'],
    ['a part of a blob', { blobGasUsed: 1n }, 'INCORRECT_BLOB_GAS_USED'],
    ['an excess without a cause', { excessBlobGas: 1n }, 'INCORRECT_EXCESS_BLOB_GAS'],
    ['no requests hash', { requestsHash: undefined }, 'INCORRECT_BLOCK_FORMAT'],
  ]
  for (const [name, change, code] of refused) {
    it(`refuses ${name}`, () => {
      assert.equal(codeOf(change), `BlockException.${code}`)
    })
  }

  it('refuses a requests hash before Prague', () => {
    const rules = { fork: 'Cancun' as const, blobSchedule: FORK_RULES.Cancun.blobSchedule }
    assert.equal(validateHeader(CHILD, PARENT, rules)?.code, 'BlockException.INCORRECT_BLOCK_FORMAT')
  })
})
