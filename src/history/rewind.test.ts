import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Prng } from '../lib/index.ts'
import { type BlockHistory, History, MemoryHistory } from './index.ts'
import {
  address,
  blockRecord,
  type ChainEvent,
  follow,
  logs,
  randomBlock,
  told,
  word,
} from './testing/index.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const genesisHash = new Uint8Array(32).fill(0x6e)
const STEPS = 150

describe('a history that goes back', () => {
  it('knows after a start that no state is kept before a rewind to the window’s edge', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-history-edge-'))
    const random = new Prng(1)
    const options = { genesisHash, stateWindow: 2 }
    let history = History.open(folder, options)
    // What is behind the window is removed with a later commit.
    const appendTo = async (end: bigint) => {
      for (let number = (history.headNumber ?? -1n) + 1n; number <= end; number++) {
        follow(history, randomBlock(number, Number(number), random), history.branch)
        await history.flush()
      }
    }
    try {
      await appendTo(5n)
      history.rewindTo(1n, 10n)
      await history.flush()
      await appendTo(8n)
      // The blocks of the window are given up, and with them all that was kept.
      history.rewindTo(6n, 20n)
      assert.equal(history.firstStateNumber, 6n)
      await history.close()
      history = History.open(folder, options)
      assert.deepEqual([history.headNumber, history.firstStateNumber], [6n, 6n])
    } finally {
      await history.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it(`tells what one in memory tells, while it commits, indexes and is opened again (FUZZ_SEED=${SEED})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-history-rewind-'))
    const random = new Prng(SEED)
    const options = { genesisHash, stateWindow: 300, runLimits: { entries: 60, blocks: 9 } }
    let onDisk = History.open(folder, options)
    const inMemory = new MemoryHistory(64 * 2 ** 20)
    const events: ChainEvent[] = []
    let branch = 0n
    const add = (event: ChainEvent): void => {
      events.push(event)
      follow(inMemory, event, branch)
      branch = follow(onDisk, event, branch)
    }
    try {
      add(randomBlock(0n, 0, random))
      for (let step = 1; step <= STEPS; step++) {
        const head = inMemory.headNumber!
        const roll = random.nextInt(20)
        if (roll < 13) add(randomBlock(head + 1n, step, random))
        else if (roll < 15) {
          const depth = random.nextInt(random.nextInt(4) === 0 ? 60 : 5)
          const number = head > BigInt(depth) ? head - BigInt(depth) : 0n
          add({ kind: 'rewind', number, branch: branch + BigInt(1 + random.nextInt(5)) })
        } else if (roll === 15) {
          // What is durable in the log lags behind.
          const last = events.findLast((event) => event.kind === 'rewind')
          const least = last?.kind === 'rewind' ? last.number : 0n
          onDisk.commitUpTo({ branch, blockNumber: head - 3n > least ? head - 3n : least })
        } else if (roll === 16) await onDisk.flush()
        else if (roll === 17) await onDisk.indexed()
        else if (roll === 18) await new Promise((resolve) => setImmediate(resolve))
        else if (random.nextInt(3) === 0) {
          await onDisk.close()
          onDisk = History.open(folder, options)
          branch = 0n
          for (const event of events) branch = follow(onDisk, event, branch)
        }
        const some = events
          .slice(-random.nextInt(80))
          .flatMap((event) => (event.kind === 'block' ? [event.block] : []))
        assert.deepEqual(told(onDisk, some), told(inMemory, some), `step ${step}`)
        const query = { addresses: [address(random.nextInt(4))], topics: [] }
        const from = BigInt(random.nextInt(Number(inMemory.headNumber!) + 1))
        const to = inMemory.headNumber!
        assert.deepEqual(
          logs(onDisk, query, from, to),
          logs(inMemory, query, from, to),
          `logs at step ${step}`,
        )
        const key = word(random.nextInt(5))
        assert.equal(
          nextChange(onDisk, key, from + 1n, to),
          nextChange(inMemory, key, from + 1n, to),
          `changes at step ${step}`,
        )
      }
    } finally {
      await onDisk.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('a history that gives up all blocks', () => {
  it('begins anew at any number when all blocks are given up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-history-gap-'))
    const options = { genesisHash, runLimits: { entries: 60, blocks: 2 } }
    let history = History.open(folder, options)
    const appendFive = (first: bigint): void => {
      for (let i = 0n; i < 5n; i++) history.append(blockRecord(first + i, [[], []]))
    }
    const { hash } = blockRecord(100n, [[], []]).transactions.at(1)!
    try {
      appendFive(0n)
      await history.indexed()
      history.rewindTo(-1n, 10n)
      appendFive(100n)
      for (const isReopened of [false, true]) {
        if (isReopened) {
          await history.close()
          history = History.open(folder, options)
        }
        await history.indexed()
        assert.deepEqual([history.firstNumber, history.head], [100n, { branch: 10n, blockNumber: 104n }])
        assert.deepEqual(history.transactionLocation(hash), { blockNumber: 100n, index: 1 })
        assert.equal(history.blockByNumber(4n), undefined)
      }
    } finally {
      await history.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** The first block from `from` on that changed a slot, by way of what may have. */
function nextChange(history: BlockHistory, key: Uint8Array, from: bigint, to: bigint): bigint | undefined {
  for (let number = history.nextSlotChange(address(1), key, from); number <= to; ) {
    if (history.stateBefore(number)?.slot(address(1), key) !== undefined) return number
    number = history.nextSlotChange(address(1), key, number + 1n)
  }
  return undefined
}
