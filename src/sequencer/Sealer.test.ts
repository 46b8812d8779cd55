import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBlockHeaderFromRLP } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import type { LogRecord } from '../feed/index.ts'
import { bytesToHex } from '../lib/index.ts'
import { addToBloom, decodeHeader, EMPTY_TRIE_ROOT, encodeReceipt, type Header } from '../protocol/index.ts'
import { Sealer, type StateCommitment } from './Sealer.ts'

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
    assert.deepEqual(replayed.state.applied, live.state.applied)
    assert.equal(replayed.sealer.checkStateRoot(header.header), undefined)
  })

  it('does not commit diffs of a block before it is sealed', () => {
    const [opened, chunk] = block(2n)
    const { sealer, state } = follow([...block(1n), opened!, chunk!])
    sealer.seal()
    assert.equal(state.applied.length, 1)
  })

  it('leaves the requests hash out before Prague', () => {
    const sealer = new Sealer(new FakeState(), { number: 0n, hash: new Uint8Array(32) }, () => 'Cancun')
    for (const record of block(1n)) sealer.follow(record)
    assert.equal(headerOf(sealer.seal()!.header).requestsHash, undefined)
  })
})

const ADDRESS = new Uint8Array(20).fill(9)

class FakeState implements StateCommitment {
  readonly applied: Uint8Array[] = []

  apply(diff: Uint8Array) {
    this.applied.push(diff)
  }

  root() {
    return new Uint8Array(32).fill(this.applied.length)
  }

  orderedRoot(values: Uint8Array[]) {
    return new Uint8Array(32).fill(values.length)
  }
}

function follow(records: LogRecord[]) {
  const state = new FakeState()
  const sealer = new Sealer(state, { number: 0n, hash: new Uint8Array(32) }, () => 'Osaka')
  for (const record of records) sealer.follow(record)
  return { sealer, state }
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
      transactions: [{ sender: ADDRESS, hash: new Uint8Array(32), raw: new Uint8Array(1), receipt }],
      diff: new Uint8Array(12),
    },
    { kind: 'closeBlock', number, gasUsed: 21_000n, blobGasUsed: 0n, requests: [] },
  ]
}

function headerOf(encoded: Uint8Array): Header {
  const decoded = decodeHeader(encoded)
  assert.ok(decoded.ok)
  return decoded.header
}
