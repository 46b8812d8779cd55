import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBlockHeaderFromRLP } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import type { LogRecord } from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex } from '../lib/index.ts'
import {
  addToBloom,
  decodeHeader,
  EMPTY_TRIE_ROOT,
  ExecutedTransactions,
  encodeHeader,
  encodeReceipt,
  type Fork,
  type Header,
} from '../protocol/index.ts'
import { HeaderMismatchError, Sealer, type SealerRules, type StateCommitment } from './Sealer.ts'

describe('Sealer', () => {
  it('makes a header that @ethereumjs/block reads, with the hash that the next one names as parent', () => {
    const { sealer } = follow([...block(1n), ...block(2n)])
    const first = sealer.seal()!
    const second = sealer.seal()!
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
    const read = createBlockHeaderFromRLP(first.header, { common, skipConsensusFormatValidation: true })
    assert.equal(bytesToHex(read.hash()), bytesToHex(headerOf(second.header).parentHash))
    assert.equal(read.number, 1n)
    assert.equal(read.gasUsed, 21_000n)
    assert.equal(bytesToHex(read.withdrawalsRoot!), bytesToHex(EMPTY_TRIE_ROOT))
    // sha256 of nothing: a block without requests (EIP-7685).
    assert.equal(
      bytesToHex(read.requestsHash!),
      '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  it('joins the blooms of the receipts', () => {
    const { sealer } = follow(block(1n))
    const expected = new Uint8Array(256)
    addToBloom(expected, ADDRESS)
    assert.deepEqual(headerOf(sealer.seal()!.header).logsBloom, expected)
  })

  it('gives no header for an open block, and none twice', () => {
    const [opened, chunk, closed] = block(1n)
    const { sealer } = follow([opened!, chunk!])
    assert.equal(sealer.seal(), undefined)
    sealer.follow(closed!)
    assert.equal(sealer.seal()?.number, 1n)
    assert.equal(sealer.seal(), undefined)
  })

  it('takes over a header that the log has, and commits the same diffs as when it makes it', () => {
    const live = follow(block(1n))
    const header = live.sealer.seal()!
    const replayed = follow([...block(1n), header])
    assert.equal(replayed.sealer.seal(), undefined)
    assert.deepEqual(replayed.state.log, live.state.log)
    assert.deepEqual(live.state.log, ['apply 1', 'keep 1'])
  })

  it('refuses a header of the log that names another state', () => {
    const header = follow(block(1n)).sealer.seal()!
    const { sealer } = follow(block(1n).filter(({ kind }) => kind !== 'chunk'))
    assert.throws(() => sealer.follow(header), /other state/)
  })

  it('refuses a header of the log that names other transactions', () => {
    const header = follow(block(1n)).sealer.seal()!
    const [opened, chunk, closed] = block(1n)
    const { sealer } = follow([
      opened!,
      { ...chunk!, transactions: new ExecutedTransactions() } as LogRecord,
      closed!,
    ])
    assert.throws(
      () => sealer.follow(header),
      (error) => error instanceof HeaderMismatchError && /other transactions/.test(error.message),
    )
  })

  it('names the field of a header of the log that is not as it would have made it', () => {
    const header = follow(block(1n)).sealer.seal()!
    const named = (change: Partial<Header>, message: RegExp) => {
      const changed = encodeHeader({ ...headerOf(header.header), ...change })
      const { sealer } = follow(block(1n))
      assert.throws(() => sealer.follow({ ...header, header: changed }), message)
    }
    named(
      { coinbase: ADDRESS },
      /other coinbase [\s\S]*expected: 0x[0-9a-f]{40} {3}computed: 0x[0-9a-f]{40}\n/,
    )
    named({ gasUsed: 99n }, /other gasUsed [\s\S]*expected: 99 {3}computed: \d+\n/)
    named({ requestsHash: undefined }, /other requestsHash [\s\S]*expected: none {3}computed: 0x/)
  })

  it('commits a block as it comes, but not before its parent has its header', () => {
    const [opened, chunk] = block(2n)
    const { sealer, state } = follow([...block(1n), opened!, chunk!])
    assert.deepEqual(state.log, ['apply 1'])
    const { header } = sealer.seal()!
    assert.deepEqual(headerOf(header).stateRoot, new Uint8Array(32).fill(1))
    assert.deepEqual(state.log, ['apply 1', 'keep 1', 'apply 2'])
  })

  it('checks the state of every block to which the chain goes back, whatever its number, but for blocks of another chain', () => {
    const genesis = encodeHeader({ ...headerOf(follow(block(1n)).sealer.seal()!.header), number: 7n })
    const hash = keccak256(genesis)
    const back = (header: Uint8Array, miniBlockCount: number) => {
      const sealer = new Sealer(new FakeState(), { number: 7n, hash, genesisHash: hash }, rulesOf('Osaka'))
      for (const record of block(8n)) if (record.kind !== 'closeBlock') sealer.follow(record)
      sealer.follow(rewindTo(7n, header, miniBlockCount))
    }
    const other = encodeHeader({ ...headerOf(genesis), timestamp: 1n })
    assert.throws(() => back(genesis, 0), /other state/)
    assert.throws(() => back(other, 1), /other state/)
    back(other, 0)
  })

  it('puts the root of withdrawals to L1 into the header from Isthmus on', () => {
    const isthmus: SealerRules = { forkAt: () => 'Prague', isIsthmusAt: (time) => time > 1_700_000_001n }
    const sealer = new Sealer(new FakeState(), GENESIS, isthmus)
    for (const record of [...block(1n), ...block(2n)]) sealer.follow(record)
    const roots = [sealer.seal()!, sealer.seal()!].map(({ header }) => headerOf(header).withdrawalsRoot)
    assert.deepEqual(roots, [EMPTY_TRIE_ROOT, new Uint8Array(32).fill(0x16)])
  })

  it('leaves the requests hash out before Prague', () => {
    const sealer = new Sealer(new FakeState(), GENESIS, rulesOf('Cancun'))
    for (const record of block(1n)) sealer.follow(record)
    assert.equal(headerOf(sealer.seal()!.header).requestsHash, undefined)
  })
})

const ADDRESS = new Uint8Array(20).fill(9)
const GENESIS = { number: 0n, hash: new Uint8Array(32), genesisHash: new Uint8Array(32) }

/** Its root counts the diffs that it has taken in. */
class FakeState implements StateCommitment {
  readonly log: string[] = []
  #applied = 0

  apply(diff: Uint8Array) {
    this.#applied++
    this.log.push(`apply ${diff[0]}`)
  }

  root() {
    return new Uint8Array(32).fill(this.#applied)
  }

  storageRoot(address: Uint8Array) {
    return new Uint8Array(32).fill(address.at(-1)!)
  }

  forgetAfter(): void {}

  keep(blockNumber: bigint) {
    this.log.push(`keep ${blockNumber}`)
  }

  orderedTrie() {
    let count = 0
    const root = () => {
      const filled = new Uint8Array(32).fill(count)
      count = 0
      return filled
    }
    const addRaws = ({ length }: ExecutedTransactions) => {
      count += length
    }
    const addReceipts = (transactions: ExecutedTransactions, bloom: Uint8Array) => {
      addRaws(transactions)
      transactions.mergeBlooms(bloom, 0)
    }
    return { addRaws, addReceipts, root }
  }
}

function follow(records: LogRecord[]) {
  const state = new FakeState()
  const sealer = new Sealer(state, GENESIS, rulesOf('Osaka'))
  for (const record of records) sealer.follow(record)
  return { sealer, state }
}

function rulesOf(fork: Fork): SealerRules {
  return { forkAt: () => fork, isIsthmusAt: () => false }
}

function block(number: bigint): LogRecord[] {
  const bloom = new Uint8Array(256)
  addToBloom(bloom, ADDRESS)
  const receipt = encodeReceipt({ type: 2, status: 1, cumulativeGasUsed: 21_000n, bloom, logs: [] })
  return [
    {
      kind: 'openBlock',
      number,
      timestamp: 1_700_000_000n + number,
      coinbase: new Uint8Array(20),
      gasLimit: 30_000_000n,
      baseFeePerGas: 7n,
      prevRandao: new Uint8Array(32).fill(3),
      excessBlobGas: 0n,
      parentBeaconBlockRoot: new Uint8Array(32),
    },
    {
      kind: 'chunk',
      miniBlockNumber: number,
      firstTransactionIndex: 0,
      transactions: ExecutedTransactions.of([
        { sender: ADDRESS, hash: new Uint8Array(32), raw: new Uint8Array(1), receipt },
      ]),
      diff: new Uint8Array(12).fill(Number(number)),
    },
    { kind: 'closeBlock', number, gasUsed: 21_000n, blobGasUsed: 0n, requests: [] },
  ]
}

function rewindTo(blockNumber: bigint, header: Uint8Array, miniBlockCount: number): LogRecord {
  const nothing = new Uint8Array(0)
  return {
    ...{
      kind: 'rewind',
      number: 9n,
      epoch: 0n,
      timestampUs: 0n,
      blockNumber,
      adoptedCount: 0,
      miniBlockCount,
    },
    ...{ header, hashes: nothing, diff: new Uint8Array(12), adopted: nothing },
    ...{ parentDigest: new Uint8Array(32), digest: new Uint8Array(32) },
  }
}

function headerOf(encoded: Uint8Array): Header {
  const decoded = decodeHeader(encoded)
  assert.ok(decoded.ok)
  return decoded.header
}
