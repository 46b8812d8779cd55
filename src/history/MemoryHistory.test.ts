import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { bytesToHex, fromBigInt, Prng } from '../lib/index.ts'
import { encodeStateDiff, type Log, splitStateDiff } from '../protocol/index.ts'
import { type BlockHistory, History, type LogQuery, MemoryHistory, type SealedBlockRecord } from './index.ts'
import { blockRecord } from './testing/index.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const MIB = 2 ** 20

const address = (n: number) => fromBigInt(BigInt(n), 20)
const word = (n: number) => fromBigInt(BigInt(n), 32)

/** Adds a block with some logs, and values before it, that `random` chooses. */
function appendRandom(histories: readonly BlockHistory[], number: bigint, random: Prng): SealedBlockRecord {
  const logs = Array.from({ length: random.nextInt(20) }, () =>
    Array.from({ length: random.nextInt(2) }, (): Log => {
      const topics = Array.from({ length: random.nextInt(3) }, () => word(random.nextInt(4)))
      return { address: address(random.nextInt(4)), topics, data: Uint8Array.of(1) }
    }),
  )
  const block = blockRecord(number, logs)
  const code = word(random.nextInt(8))
  const before = splitStateDiff(
    encodeStateDiff({
      accounts: [
        {
          address: address(random.nextInt(5)),
          deleted: false,
          nonce: number,
          balance: 1n,
          codeHash: word(1),
        },
      ],
      slots: [{ address: address(1), key: word(random.nextInt(5)), value: word(Number(number)) }],
      codes: [{ hash: code, code }],
    }),
  )
  for (const history of histories) {
    const undo = history.newReverseDiff()
    undo.add(before)
    history.append(block, undo)
  }
  return block
}

/** All that a history tells of blocks up to `head`, as plain values. */
function told(history: BlockHistory, head: bigint): unknown {
  const blocks: unknown[] = []
  for (let number = 0n; number <= head + 1n; number++) {
    const block = history.blockByNumber(number)
    const before = history.stateBefore(number)
    blocks.push([
      ...[block && bytesToHex(block.header), block?.miniBlockCount],
      [...(block?.transactions ?? [])].map(({ hash }) => history.transactionLocation(hash)),
      block && [history.numberByHash(block.hash), bytesToHex(history.hashByNumber(number)!)],
      [0, 1, 2, 3, 4].map((i) => [
        before?.account(address(i))?.nonce,
        textOf(before?.slot(address(1), word(i))),
      ]),
      before &&
        [...history.changesOf(number)].map(({ accounts, slots }) => [textOf(accounts), textOf(slots)]),
    ])
  }
  const codes = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => textOf(history.oldCode(word(i))))
  return [history.firstNumber, history.headNumber, history.firstStateNumber, blocks, codes]
}

const textOf = (bytes: Uint8Array | undefined) => bytes && bytesToHex(bytes)

/** Places of the parts that have transactions with the logs that are asked for, and of others by chance. */
function parts(history: BlockHistory, query: LogQuery, from: bigint, to: bigint): Set<string> {
  const found = new Set<string>()
  for (const part of history.findLogs(query, from, to))
    if (part !== undefined)
      found.add(`${part.number} ${part.firstIndex} ${part.logsBefore} ${part.timestamp}`)
  return found
}

describe('MemoryHistory', () => {
  it(`tells what the history with a database tells (FUZZ_SEED=${SEED})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-memory-history-'))
    const onDisk = History.open(folder, { genesisHash: new Uint8Array(32), stateWindow: Infinity })
    try {
      const random = new Prng(SEED)
      const inMemory = new MemoryHistory(64 * MIB)
      for (let number = 0n; number < 30n; number++) {
        appendRandom([onDisk, inMemory], number, random)
        assert.deepEqual(told(inMemory, number), told(onDisk, number))
        const query = { addresses: [address(random.nextInt(4))], topics: [[word(random.nextInt(4))]] }
        const mine = parts(inMemory, query, 0n, number)
        for (const part of parts(onDisk, query, 0n, number)) assert.ok(mine.has(part), part)
      }
    } finally {
      await onDisk.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('forgets the oldest blocks, with all that is known of them, when its bytes are full', () => {
    const random = new Prng(1)
    const history = new MemoryHistory(MIB)
    const blocks = Array.from({ length: 1000 }, (_, i) => appendRandom([history], BigInt(i), random))
    const first = history.firstNumber!
    assert.ok(first > 100n && first < 999n, `${first}`)
    assert.equal(history.firstStateNumber, first - 1n)
    assert.equal(history.headNumber, 999n)
    for (const { number, hash, transactions } of blocks) {
      const isKept = number >= first
      assert.equal(history.blockByNumber(number) !== undefined, isKept, `block ${number}`)
      assert.equal(history.numberByHash(hash) !== undefined, isKept)
      assert.equal(history.stateBefore(number) !== undefined, isKept)
      for (const each of transactions)
        assert.equal(history.transactionLocation(each.hash) !== undefined, isKept)
    }
    const all = { addresses: [], topics: [] }
    for (const part of history.findLogs(all, 0n, 999n)) assert.ok(part === undefined || part.number >= first)
  })

  it('keeps the newest block, however large it is, and no state before one without a reverse diff', () => {
    const history = new MemoryHistory(1)
    history.append(blockRecord(7n, [[]]))
    history.append(blockRecord(8n, [[]]), history.newReverseDiff())
    assert.equal(history.firstNumber, 8n)
    assert.equal(history.firstStateNumber, 7n)
    history.append(blockRecord(9n, [[]]))
    assert.equal(history.firstStateNumber, 9n)
    assert.equal(history.stateBefore(9n), undefined)
    assert.equal(history.blockByNumber(9n)!.number, 9n)
  })
})
