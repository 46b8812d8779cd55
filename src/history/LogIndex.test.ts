import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { bytesToHex, equalBytes, Prng } from '../lib/index.ts'
import type { Log } from '../protocol/index.ts'
import { History, type LogQuery, type SealedBlockRecord } from './index.ts'
import type { RunLimits } from './LogRun.ts'
import { blockRecord, logsOf } from './testing/index.ts'

const genesisHash = new Uint8Array(32).fill(0x6e)
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-logs-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const address = (fill: number) => new Uint8Array(20).fill(fill)
const topic = (fill: number) => new Uint8Array(32).fill(fill)
const log = (from: number, ...topics: number[]): Log => ({
  address: address(from),
  topics: topics.map(topic),
  data: Uint8Array.of(from),
})

/** Oracle: whether a log matches, by its words. */
function matches({ address, topics }: Log, query: LogQuery): boolean {
  const isOneOf = (item: Uint8Array | undefined, items: readonly Uint8Array[]) =>
    items.length === 0 || (item !== undefined && items.some((each) => equalBytes(each, item)))
  return (
    isOneOf(address, query.addresses) &&
    query.topics.length <= topics.length &&
    query.topics.every((alternatives, i) => isOneOf(topics[i], alternatives))
  )
}

/** Every matching log as text, with its place. */
function found(history: History, query: LogQuery, from: bigint, to: bigint): string[] {
  const texts: string[] = []
  for (const part of history.findLogs(query, from, to)) {
    if (part === undefined) continue
    assert.equal(part.timestamp, 1_000n + part.number)
    let logIndex = part.logsBefore
    for (const [i, { receipt, hash }] of [...part.transactions].entries()) {
      for (const each of logsOf(receipt)) {
        if (matches(each, query)) texts.push(place(part, part.firstIndex + i, hash, logIndex))
        logIndex++
      }
    }
  }
  return texts
}

/** Oracle: the same by looking at every log of every block. */
function scanned(blocks: readonly SealedBlockRecord[], query: LogQuery, from: bigint, to: bigint): string[] {
  const texts: string[] = []
  for (const block of blocks) {
    if (block.number < from || block.number > to) continue
    let logIndex = 0
    for (const [index, { receipt, hash }] of [...block.transactions].entries()) {
      for (const each of logsOf(receipt)) {
        if (matches(each, query)) texts.push(place(block, index, hash, logIndex))
        logIndex++
      }
    }
  }
  return texts
}

function place(
  { number, hash }: { number: bigint; hash: Uint8Array },
  index: number,
  transaction: Uint8Array,
  logIndex: number,
): string {
  return `${number} ${bytesToHex(hash)} ${index} ${bytesToHex(transaction)} ${logIndex}`
}

/** Some blocks are empty, some have a log in each of many transactions, and a few values come again and again. */
function randomBlock(random: Prng, number: bigint): SealedBlockRecord {
  const count = [0, 1, 3, 20, 60][random.nextInt(5)]!
  const fill = () => (random.nextInt(3) === 0 ? random.nextInt(200) : random.nextInt(4))
  const logs = Array.from({ length: count }, () =>
    Array.from({ length: random.nextInt(4) }, () =>
      log(fill(), ...Array.from({ length: random.nextInt(5) }, fill)),
    ),
  )
  return blockRecord(number, logs)
}

function randomQuery(random: Prng): LogQuery {
  const some = <T>(make: () => T): T[] => Array.from({ length: [0, 0, 1, 1, 3][random.nextInt(5)]! }, make)
  const fill = () => random.nextInt(random.nextBool() ? 5 : 220)
  return {
    addresses: some(() => address(fill())),
    topics: Array.from({ length: random.nextInt(5) }, () => some(() => topic(fill()))),
  }
}

describe('finding logs', () => {
  /** Small enough that there are many runs, and blocks that don't fit in one. */
  const runLimits: RunLimits = { entries: 256, blocks: 20 }

  it(`gives what a look at every log gives, at any moment (seed ${SEED})`, () =>
    withFolder(async (folder) => {
      const random = new Prng(SEED)
      const blocks: SealedBlockRecord[] = []
      let history = History.open(folder, { genesisHash, runLimits })
      for (let round = 0; round < 60; round++) {
        for (let i = random.nextInt(12); i >= 0; i--) {
          const block = randomBlock(random, 5n + BigInt(blocks.length))
          blocks.push(block)
          history.append(block)
        }
        const moment = random.nextInt(6)
        if (moment === 0) await history.flush()
        if (moment === 1) await history.indexed()
        if (moment === 2) await new Promise((resolve) => setImmediate(resolve))
        if (moment === 3) {
          await history.close()
          history = History.open(folder, { genesisHash, runLimits })
        }
        for (let i = 0; i < 8; i++) {
          const query = randomQuery(random)
          const from = BigInt(random.nextInt(blocks.length + 8))
          const to = from + BigInt(random.nextInt(blocks.length + 8))
          assert.deepEqual(found(history, query, from, to), scanned(blocks, query, from, to))
        }
      }
      await history.indexed()
      assert.equal(history.indexedNumber, blocks.at(-1)!.number)
      await history.close()
    }))

  it('goes on while blocks are appended, indexed and written', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash, runLimits })
      const blocks = Array.from({ length: 200 }, (_, i) =>
        blockRecord(BigInt(i), [[log(1, i % 7)], [log(2)]]),
      )
      for (const block of blocks.slice(0, 100)) history.append(block)
      const query = { addresses: [address(1)], topics: [[topic(3)]] }
      const numbers: bigint[] = []
      let next = 100
      for (const part of history.findLogs(query, 0n, 99n)) {
        if (part !== undefined) numbers.push(part.number)
        if (next < blocks.length) history.append(blocks[next++]!)
        await (numbers.length % 3 === 0 ? history.indexed() : new Promise((resolve) => setImmediate(resolve)))
      }
      assert.deepEqual(
        numbers,
        blocks.slice(0, 100).flatMap(({ number }) => (number % 7n === 3n ? [number] : [])),
      )
      await history.close()
    }))

  it('reads only the parts that an address and a topic share', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash })
      // 100 transactions: address 1 is in all, topic 9 in the 50th of every tenth block.
      for (let number = 0; number < 100; number++) {
        const logs = Array.from({ length: 100 }, (_, i) => [
          log(1, 0, ...(i === 50 && number % 10 === 0 ? [9] : [])),
        ])
        history.append(blockRecord(BigInt(number), logs))
      }
      await history.indexed()
      const parts = [
        ...history.findLogs({ addresses: [address(1)], topics: [[], [topic(9)]] }, 0n, 99n),
      ].filter((part) => part !== undefined)
      assert.equal(parts.length, 10)
      for (const part of parts) {
        assert.deepEqual([part.firstIndex, part.logsBefore, part.transactions.length], [48, 48, 16])
      }
      await history.close()
    }))

  it('reads the blocks that have too many terms for the index', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash, runLimits })
      const large = blockRecord(
        1n,
        Array.from({ length: 100 }, (_, i) => [log(i, 100 + i, 2 * (i & 63))]),
      )
      const blocks = [blockRecord(0n, [[log(3)]]), large, blockRecord(2n, [[log(3)]])]
      for (const block of blocks) history.append(block)
      await history.indexed()
      assert.equal(history.indexedNumber, 2n)
      const query = { addresses: [address(3)], topics: [] }
      assert.deepEqual(found(history, query, 0n, 2n), scanned(blocks, query, 0n, 2n))
      assert.equal(found(history, query, 0n, 2n).length, 3)
      await history.close()
    }))
})
