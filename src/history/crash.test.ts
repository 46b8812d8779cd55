import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { open } from 'lmdb'
import { Prng } from '../lib/index.ts'
import { History, MemoryHistory } from './index.ts'
import { address, type ChainEvent, follow, logs, randomBlock, told } from './testing/index.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const STEPS = 150
const genesisHash = new Uint8Array(32).fill(0x6e)
const options = { genesisHash, stateWindow: 1000, runLimits: { entries: 60, blocks: 9 } }
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** A chain that a history on the disk and one in memory follow. */
class Followed {
  readonly history: History
  readonly #folder = mkdtempSync(join(tmpdir(), 'leveret-history-crash-'))
  /** The database itself, of which copies are made: each is what a crash at this moment would leave. */
  readonly #database = open({ path: this.#folder, maxDbs: 16 })
  readonly #inMemory = new MemoryHistory(64 * 2 ** 20)
  readonly #events: ChainEvent[] = []
  readonly #random: Prng
  branch = 0n
  /** Number of the block to which the newest rewind led. */
  least = 0n

  constructor(random: Prng) {
    this.#random = random
    this.history = History.open(this.#folder, options)
    this.append(1)
  }

  get head(): bigint {
    return this.#inMemory.headNumber ?? -1n
  }

  append(count: number): void {
    for (let i = 0; i < count; i++) this.#add(randomBlock(this.head + 1n, this.#events.length, this.#random))
  }

  rewindTo(number: bigint): void {
    this.least = number
    this.#add({ kind: 'rewind', number, branch: this.branch + 3n })
  }

  #add(event: ChainEvent): void {
    this.#events.push(event)
    follow(this.#inMemory, event, this.branch)
    this.branch = follow(this.history, event, this.branch)
  }

  /** A folder with what a crash would leave now. */
  async crash(): Promise<string> {
    const copy = mkdtempSync(join(this.#folder, 'copy-'))
    await this.#database.backup(copy, false)
    return copy
  }

  /** Opens what a crash has left, and has it follow the chain once more. */
  async goOnFrom(crashed: string): Promise<void> {
    const after = History.open(crashed, options)
    const seen = this.#events.length
    try {
      let branch = 0n
      for (const event of this.#events) branch = follow(after, event, branch)
      await after.indexed()
      this.#assertSame(after, `crash after ${seen} events`)
    } finally {
      await after.close()
    }
  }

  #assertSame(after: History, message: string): void {
    const blocks = this.#events.slice(-80).flatMap((event) => (event.kind === 'block' ? [event.block] : []))
    assert.deepEqual(told(after, blocks), told(this.#inMemory, blocks), message)
    const query = { addresses: [address(1)], topics: [] }
    const found = logs(after, query, 0n, this.head)
    assert.deepEqual(found, logs(this.#inMemory, query, 0n, this.head), message)
  }

  async close(): Promise<void> {
    await this.#database.close()
    await this.history.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function following(random: Prng, use: (chain: Followed) => Promise<void>): Promise<void> {
  const chain = new Followed(random)
  try {
    await use(chain)
  } finally {
    await chain.close()
  }
}

describe('what a crash leaves of a history that goes back', () => {
  it('goes on where blocks were being removed, some commits before the last', async () => {
    await following(new Prng(1), async (chain) => {
      chain.append(400)
      chain.rewindTo(320n)
      chain.append(100)
      await chain.history.indexed()
      // The branch begins with block 320, and loses it.
      chain.rewindTo(20n)
      let isDone = false
      const flushed = chain.history.flush().then(() => {
        isDone = true
      })
      const crashed: string[] = []
      while (!isDone) crashed.push(await chain.crash())
      await flushed
      for (const copy of crashed) await chain.goOnFrom(copy)
    })
  })

  it('goes on when another rewind came while the blocks of the first were being removed', async () => {
    await following(new Prng(2), async (chain) => {
      chain.append(400)
      chain.rewindTo(320n)
      chain.append(100)
      await chain.history.flush()
      const limit = chain.branch + 3n
      chain.history.commitUpTo({ branch: chain.branch, blockNumber: chain.head })
      chain.rewindTo(20n)
      chain.append(4)
      chain.history.commitUpTo({ branch: limit, blockNumber: 21n })
      await nextTurn()
      // Not durable in the log.
      chain.rewindTo(22n)
      await chain.history.flush()
      await chain.goOnFrom(await chain.crash())
    })
  })

  it(`goes on from anywhere (FUZZ_SEED=${SEED})`, async () => {
    const random = new Prng(SEED)
    await following(random, async (chain) => {
      for (let step = 1; step <= STEPS; step++) {
        const { head } = chain
        const roll = random.nextInt(20)
        if (roll < 10) chain.append(random.nextInt(8) === 0 ? 40 : 1)
        else if (roll < 13) {
          const depth = BigInt(random.nextInt(random.nextInt(3) === 0 ? 60 : 5))
          chain.rewindTo(head > depth ? head - depth : 0n)
        } else if (roll < 15) {
          // What is durable in the log lags behind.
          const blockNumber = head - 3n > chain.least ? head - 3n : chain.least
          chain.history.commitUpTo({ branch: chain.branch, blockNumber })
        } else if (roll < 17) await chain.history.flush()
        else if (roll < 18) await nextTurn()
        else await chain.goOnFrom(await chain.crash())
      }
    })
  })
})
