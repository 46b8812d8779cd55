import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  FORK_RULES,
  type Fork,
  GAS_PER_BLOB,
  type Header,
  headerHash,
} from '../protocol/index.ts'
import { validateBody } from './validateBody.ts'
import { type BlockRules, validateHeader } from './validateHeader.ts'

const ZERO = new Uint8Array(32)

/** Half full, so that the base fee stays. */
const PARENT: Header = {
  parentHash: ZERO,
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: new Uint8Array(20),
  stateRoot: EMPTY_TRIE_ROOT,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: new Uint8Array(256),
  difficulty: 0n,
  number: 7n,
  gasLimit: 10_240_000n,
  gasUsed: 5_120_000n,
  timestamp: 1000n,
  extraData: new Uint8Array(0),
  prevRandao: ZERO,
  nonce: new Uint8Array(8),
  baseFeePerGas: 1_000_000_000n,
  withdrawalsRoot: EMPTY_TRIE_ROOT,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: ZERO,
  requestsHash: ZERO,
}
const CHILD: Header = { ...PARENT, parentHash: headerHash(PARENT), number: 8n, timestamp: 1001n, gasUsed: 0n }

describe('validateHeader', () => {
  it('accepts a header that follows its parent', () => {
    assert.equal(codeOf({}), undefined)
    assert.equal(codeOf({ requestsHash: undefined }, 'Cancun'), undefined)
  })

  it('names what does not follow from the parent', () => {
    assert.equal(codeOf({ parentHash: ZERO }), 'UNKNOWN_PARENT')
    assert.equal(codeOf({ number: 9n }), 'INVALID_BLOCK_NUMBER')
    assert.equal(codeOf({ timestamp: 1000n }), 'INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT')
    assert.equal(codeOf({ baseFeePerGas: 999_999_999n }), 'INVALID_BASEFEE_PER_GAS')
    assert.equal(codeOf({ excessBlobGas: GAS_PER_BLOB }), 'INCORRECT_EXCESS_BLOB_GAS')
  })

  it('lets the gas limit step by less than 1/1024 of the parent, and never below 5000', () => {
    assert.equal(codeOf({ gasLimit: 10_249_999n }), undefined)
    assert.equal(codeOf({ gasLimit: 10_250_000n }), 'INVALID_GASLIMIT')
    assert.equal(codeOf({ gasLimit: 10_230_001n }), undefined)
    assert.equal(codeOf({ gasLimit: 10_230_000n }), 'INVALID_GASLIMIT')
    assert.equal(codeOf({ gasLimit: 1n << 63n }), 'GASLIMIT_TOO_BIG')
    assert.equal(codeOf({ gasUsed: 10_240_001n }), 'INVALID_GAS_USED_ABOVE_LIMIT')
  })

  it('names what the Merge fixed, and too much extra data', () => {
    assert.equal(codeOf({ difficulty: 1n }), 'IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS')
    assert.equal(codeOf({ ommersHash: ZERO }), 'IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS')
    assert.equal(codeOf({ nonce: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) }), 'INCORRECT_BLOCK_FORMAT')
    assert.equal(codeOf({ extraData: new Uint8Array(32) }), undefined)
    assert.equal(codeOf({ extraData: new Uint8Array(33) }), 'EXTRA_DATA_TOO_BIG')
  })

  it('wants exactly the members of the fork', () => {
    assert.equal(codeOf({ requestsHash: undefined }), 'INCORRECT_BLOCK_FORMAT')
    assert.equal(codeOf({}, 'Cancun'), 'INCORRECT_BLOCK_FORMAT')
    assert.equal(codeOf({ withdrawalsRoot: undefined }), 'INCORRECT_BLOCK_FORMAT')
  })

  it('bounds blob gas by the schedule, in whole blobs', () => {
    const most = BigInt(FORK_RULES.Osaka.blobSchedule.max) * GAS_PER_BLOB
    assert.equal(codeOf({ blobGasUsed: most }), undefined)
    assert.equal(codeOf({ blobGasUsed: most + GAS_PER_BLOB }), 'BLOB_GAS_USED_ABOVE_LIMIT')
    assert.equal(codeOf({ blobGasUsed: 1n }), 'INCORRECT_BLOB_GAS_USED')
  })
})

describe('validateBody', () => {
  const emptyBody = { header: CHILD, transactions: [], ommers: [], withdrawals: [] }
  const bodyCode = (body: object, size = 600, fork: Fork = 'Osaka', root = EMPTY_TRIE_ROOT) => {
    const context = { size, rules: rulesOf(fork), orderedRoot: () => root }
    return validateBody({ ...emptyBody, ...body }, context)?.code.slice('BlockException.'.length)
  }

  it('accepts the body that the roots name', () => {
    assert.equal(bodyCode({}), undefined)
  })

  it('names wrong roots and ommers', () => {
    assert.equal(bodyCode({}, 600, 'Osaka', ZERO), 'INVALID_TRANSACTIONS_ROOT')
    assert.equal(bodyCode({ header: { ...CHILD, withdrawalsRoot: ZERO } }), 'INVALID_WITHDRAWALS_ROOT')
    assert.equal(bodyCode({ ommers: [PARENT] }), 'IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS')
  })

  it('bounds the size of a block from Osaka on', () => {
    assert.equal(bodyCode({}, 8_388_608), undefined)
    assert.equal(bodyCode({}, 8_388_609), 'RLP_BLOCK_LIMIT_EXCEEDED')
    assert.equal(bodyCode({}, 8_388_609, 'Prague'), undefined)
  })
})

function codeOf(change: Partial<Header>, fork: Fork = 'Osaka'): string | undefined {
  return validateHeader({ ...CHILD, ...change }, PARENT, rulesOf(fork))?.code.slice('BlockException.'.length)
}

function rulesOf(fork: Fork): BlockRules {
  return { fork, blobSchedule: FORK_RULES[fork].blobSchedule }
}
