import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import { Engine } from '../execution/index.ts'
import { readFrames } from '../feed/index.ts'
import { ManualClock, Prng } from '../lib/index.ts'
import { encodePrepared, encodeTransaction, FORK_RULES, type PreparedTransaction } from '../protocol/index.ts'
import type { EntryRun } from './ArrivalQueue.ts'
import { ChainTail } from './ChainTail.ts'
import type { BatchOutcome, ExecutionEngine } from './ExecutionEngine.ts'
import { Sequencer, type SequencerStep } from './Sequencer.ts'
import { TransactionPool } from './TransactionPool.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const ROUNDS = 60
const SENDERS = 5
const BASE_FEE = 1000n
const BLOCK_GAS = 400_000n
/** PUSH0 BLOCKHASH of the parent: SUB(NUMBER, 1). */
const READS_PARENT_HASH = Uint8Array.of(0x60, 0x01, 0x43, 0x03, 0x40, 0x5f, 0x55, 0x00)
const READER = new Uint8Array(20).fill(0xcc)

const senderOf = (index: number) => new Uint8Array(20).fill(0xa0 + index)

/** Calls of {@link Sequencer}, and what came of them. */
class Run {
  readonly #clock = new ManualClock(10_000)
  readonly #tail: ChainTail
  readonly #sequencer: Sequencer
  #ticket = 0
  readonly steps: unknown[] = []

  constructor(engine: ExecutionEngine) {
    const genesis = {
      ...{ number: 0n, timestamp: 0n, gasLimit: BLOCK_GAS, gasUsed: BLOCK_GAS / 2n },
      ...{ baseFeePerGas: BASE_FEE, excessBlobGas: 0n, blobGasUsed: 0n },
    }
    this.#tail = ChainTail.ofGenesis(genesis, new Uint8Array(32).fill(7))
    this.#sequencer = new Sequencer({
      engine,
      system: { storeBeaconRoot: () => {}, storeParentHash: () => {}, collectRequests: () => [] },
      pool: new TransactionPool({ perAccount: 4, total: 12 }),
      tail: this.#tail,
      clock: this.#clock,
      randomness: () => new Uint8Array(32),
      schedule: {
        ...{ chainId: 1n, coinbase: new Uint8Array(20).fill(0xcb), gasLimit: BLOCK_GAS },
        ...{ forkAt: () => 'Osaka', isIsthmusAt: () => false },
        blobScheduleAt: () => FORK_RULES.Osaka.blobSchedule,
      },
      mining: { kind: 'interval', ms: 1000 },
      isDev: false,
      miniBlockMs: 10,
      epoch: 0n,
    })
    this.#take()
  }

  /** @param sizes - of the runs in which they arrive. */
  submit(transactions: PreparedTransaction[], sizes: number[], arrived: WeakSet<ArrayBufferLike>): void {
    const runs: EntryRun[] = []
    let first = 0
    for (const count of sizes) {
      const entries = encodePrepared(transactions.slice(first, first + count))
      arrived.add(entries.buffer)
      runs.push({ firstTicket: this.#ticket + first, count, entries })
      first += count
    }
    this.#ticket += first
    this.#sequencer.submit(runs)
    this.#take()
  }

  advance(ms: number): void {
    this.#clock.advanceMs(ms)
    this.#sequencer.tick()
    this.#take()
  }

  /** The header of the oldest block that has none; false if there is none. */
  sealHeader(): boolean {
    const number = this.#tail.sealedNumber + 1n
    if (number > this.#tail.closed.number) return false
    this.#sequencer.setHeader({ kind: 'sealHeader', number, header: Uint8Array.of(Number(number)) })
    this.#take()
    return true
  }

  #take(): void {
    this.steps.push(plain(this.#sequencer.takeStep()))
  }
}

function plain(step: SequencerStep | undefined): unknown {
  if (step === undefined) return undefined
  const executed = step.executed.flatMap(({ first, count }) =>
    Array.from({ length: count }, (_, i) => first + i),
  )
  return {
    frames: Array.from(
      readFrames(step.frames),
      ({ record, frame }) =>
        `${record.kind} ${record.kind === 'chunk' ? record.transactions.length : ''} ${hash('sha256', frame).slice(0, 8)}`,
    ),
    executed,
    queued: step.queued.map(({ ticket, expectedNonce }) => [ticket, expectedNonce]),
    refused: step.refused.map(({ ticket, code, message }) => [ticket, code, message]),
    dropped: step.dropped.map(({ transaction, reason }) => [
      Buffer.from(transaction.hash).toString('hex'),
      reason,
    ]),
  }
}

/** Refuses transactions as they arrive: then the sequencer takes them one by one, as objects. */
function oneByOne(engine: Engine, arrived: WeakSet<ArrayBufferLike>): ExecutionEngine {
  return {
    getAccount: (address) => engine.getAccount(address),
    hasStorage: (address) => engine.hasStorage(address),
    applyDiff: (diff) => engine.applyDiff(diff),
    beginBlock: (env, blockHash) => engine.beginBlock(env, blockHash),
    parentHashKnown: () => engine.parentHashKnown(),
    takeChunk: () => engine.takeChunk(),
    viewDiff: () => engine.viewDiff(),
    get cumulativeGasUsed() {
      return engine.cumulativeGasUsed
    },
    executeBatch: (entries, limits) =>
      arrived.has(entries.buffer) ? REFUSED : engine.executeBatch(entries, limits),
  }
}

const REFUSED: BatchOutcome = {
  ...{ executed: 0, bytesTaken: 0 },
  stop: { kind: 'invalid', code: 'TransactionException.FAKE', message: 'go the other way' },
}

/** Sometimes with a wrong nonce, too low a fee, more gas than is left, or a signature for another account. */
function randomTransaction(random: Prng, nonces: bigint[]): PreparedTransaction {
  const who = random.nextInt(SENDERS)
  const kind = random.nextInt(12)
  const nonce = nonces[who]! + (kind === 0 ? BigInt(random.nextInt(4)) : 0n) - (kind === 1 ? 1n : 0n)
  if (kind > 1) nonces[who]!++
  const maxFeePerGas = BASE_FEE * BigInt(1 + random.nextInt(3)) - (kind === 2 ? 200n : 0n)
  const gasLimit = kind === 3 ? 200_000n : 60_000n
  const authorized = kind === 4 ? [random.pick([senderOf(random.nextInt(SENDERS)), undefined])] : []
  const fields = {
    ...{ chainId: 1n, nonce: nonce < 0n ? 0n : nonce, maxFeePerGas, maxPriorityFeePerGas: 1n },
    ...{ gasLimit, to: kind === 5 ? READER : senderOf(random.nextInt(SENDERS)), value: 1n },
    ...{ data: new Uint8Array(0), accessList: [], yParity: 0 as const, r: 1n, s: 1n },
  } as const
  const raw = encodeTransaction(
    authorized.length === 0
      ? { type: 2, ...fields }
      : {
          ...{ type: 4, ...fields },
          authorizationList: [
            { chainId: 1n, address: READER, nonce: nonces[0]!, yParity: 0 as const, r: 1n, s: 1n },
          ],
        },
  )
  return { raw, sender: senderOf(who), authorities: authorized }
}

function prepareState(engine: Engine): void {
  engine.reset()
  for (let i = 0; i < SENDERS; i++) engine.setAccount(senderOf(i), { nonce: 1n, balance: 10n ** 12n })
  engine.setAccount(READER, { nonce: 1n, balance: 0n, code: READS_PARENT_HASH })
}

/** Some sizes, of at least 1, that sum up to a total. */
function split(total: number, random: Prng): number[] {
  const sizes: number[] = []
  for (let left = total; left > 0; left -= sizes.at(-1)!) sizes.push(1 + random.nextInt(left))
  return sizes
}

describe('Sequencer, batches', () => {
  it('lead to the records and answers to which the same transactions lead one by one', () => {
    const engines = [0, 1].map(() => new Engine({ memoryMiB: 256, evm: 'interpreter' }))
    const arrived = new WeakSet<ArrayBufferLike>()
    const random = new Prng(SEED)
    let count = 0
    for (let round = 0; round < ROUNDS; round++) {
      for (const engine of engines) prepareState(engine)
      const whole = new Run(engines[0]!)
      const slow = new Run(oneByOne(engines[1]!, arrived))
      const runs = [whole, slow]
      const nonces = Array.from({ length: SENDERS }, () => 1n)
      for (let step = 0; step < 12; step++) {
        const transactions = Array.from({ length: random.nextInt(9) }, () =>
          randomTransaction(random, nonces),
        )
        const sizes = split(transactions.length, random)
        const advanceMs = random.pick([0, 3, 10, 600, 1000])
        const isSealed = random.nextInt(3) > 0
        count += transactions.length
        for (const run of runs) {
          run.submit(transactions, sizes, arrived)
          run.advance(advanceMs)
          if (isSealed) run.sealHeader()
        }
        assert.deepEqual(whole.steps, slow.steps, `seed ${SEED}, round ${round}, step ${step}`)
      }
    }
    assert.ok(count > 1000)
  })
})
