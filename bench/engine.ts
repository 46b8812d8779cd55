/**
 * The engine alone, on one thread: no RPC, no signatures, no disk.
 *
 * Whole transactions from their bytes on: decoding, checks, execution, receipt with bloom, transaction hash, and the state
 * diff of each {@link CHUNK}, as the sequencer takes it. Single executions are in evm.ts.
 */
import { crc32 } from 'node:zlib'
import { Engine } from '../src/execution/index.ts'
import { assert, Prng } from '../src/lib/index.ts'
import {
  decodeReceipt,
  ExecutedTransactions,
  encodePrepared,
  type PreparedTransaction,
} from '../src/protocol/index.ts'
import { type Bench, type BenchContext, measure } from './harness.ts'
import { Ledger } from './lib/Ledger.ts'
import { StepClock } from './lib/StepClock.ts'
import { accountsDiff } from './lib/stateEntries.ts'
import { parseTier } from './lib/tiers.ts'
import { etherTransfers, type Shape, swaps, tokenTransfers } from './lib/transfers.ts'

export const bench: Bench = {
  name: 'engine',
  summary: 'transactions/s and Mgas/s of the engine alone, on one thread',
  options: {
    tier: { type: 'string', help: 'interpreter, compiled or auto (default): how code is run' },
    case: { type: 'string', help: 'only cases whose name has this in it' },
  },
  async run(context) {
    const tier = parseTier(context.options.tier, ['interpreter', 'compiled', 'auto'], 'auto')
    const options = { evm: tier, memoryMiB: context.tiny ? 320 : 4095 }
    const engine = new Engine(options)
    const wanted = String(context.options.case ?? '')
    const cases = CASES.filter(({ name }) => name.includes(wanted))
    for (const each of cases) await benchTransactions(context, engine, each)
    const clock = await StepClock.open()
    const stepped = new Engine({ ...options, observedKernel: clock.kernel })
    for (const each of cases) await benchSteps(context, { clock, engine: stepped }, each)
  },
}

/** Transactions between two state diffs: the sequencer's limit for a chunk. */
const CHUNK = 256
const LIMITS = { transactions: CHUNK, gas: 1n << 60n }
const MILLION = 1_000_000

type Case = {
  name: string
  build: (ledger: Ledger, shape: Shape) => PreparedTransaction[]
  senders: number
  count: number
  /** In the tables besides; the senders stand among them. */
  others: number
}

const CASES: Case[] = [
  {
    name: 'ether transfer, 1,000 accounts',
    build: etherTransfers,
    senders: 1_000,
    count: 200_000,
    others: 0,
  },
  {
    name: 'ether transfer, 200,000 of 10 M accounts',
    build: etherTransfers,
    senders: 200_000,
    count: 200_000,
    others: 10 * MILLION,
  },
  {
    name: 'erc-20 transfer, 1,000 holders',
    build: tokenTransfers,
    senders: 1_000,
    count: 200_000,
    others: 0,
  },
  {
    name: 'erc-20 transfer, 200,000 holders, 10 M accounts',
    build: tokenTransfers,
    senders: 200_000,
    count: 200_000,
    others: 10 * MILLION,
  },
  { name: 'uniswap v2 swap, 1,000 traders', build: swaps, senders: 1_000, count: 20_000, others: 0 },
]

async function benchTransactions(context: BenchContext, engine: Engine, each: Case): Promise<void> {
  const open = () => openCase(engine, each, context)
  assertAllSucceed(engine, open())
  let gas = 0n
  const timing = await measure({
    repeats: context.repeats,
    prepare: open,
    work: (chunks) => {
      const before = engine.cumulativeGasUsed
      const checksum = executeAll(engine, chunks)
      gas = engine.cumulativeGasUsed - before
      return `${checksum.toString(16)} (${gas} gas)`
    },
  })
  const { name } = each
  const perSecond = scaled(each, context).count / (timing.medianMs / 1000)
  context.report({
    case: name,
    metric: 'transactions',
    value: perSecond,
    unit: '1/s',
    checksum: timing.checksum,
  })
  context.report({ case: name, metric: 'gas', value: Number(gas) / timing.medianMs / 1000, unit: 'Mgas/s' })
}

/** Where the time goes, in a kernel that tells its steps: their sum is a little more than the time without that. */
async function benchSteps(
  context: BenchContext,
  { clock, engine }: { clock: StepClock; engine: Engine },
  each: Case,
): Promise<void> {
  let steps: [string, number][] = []
  let diffNs = 0
  // Twice: the first time warms up.
  for (let round = 0; round < 2; round++) {
    const chunks = openCase(engine, each, context)
    clock.start()
    diffNs = executeAndTime(engine, chunks)
    steps = clock.stop()
  }
  const { count } = scaled(each, context)
  // What the clock calls "between" has the diffs in it, which are taken from here.
  const [[, betweenNs], ...named] = steps as [[string, number], ...[string, number][]]
  const all = [...named, ['state diff', diffNs], ['handing over', Math.max(0, betweenNs - diffNs)]] as const
  for (const [name, ns] of all)
    context.report({ case: each.name, metric: name, value: ns / count, unit: 'ns a transaction' })
}

/** Like {@link executeAll}; returns the nanoseconds that the diffs took. */
function executeAndTime(engine: Engine, chunks: Uint8Array[]): number {
  let diffMs = 0
  for (const entries of chunks) {
    engine.executeBatch(entries, LIMITS)
    engine.takeChunk()
    const startMs = performance.now()
    crc32(engine.takeDiff())
    diffMs += performance.now() - startMs
  }
  return diffMs * 1e6
}

function scaled({ senders, count, others }: Case, { tiny }: BenchContext): Omit<Case, 'name' | 'build'> {
  if (!tiny) return { senders, count, others }
  return { senders: Math.ceil(senders / 100), count: Math.ceil(count / 100), others: others / 10_000 }
}

/** The state that the case begins with, and its transactions as chunks of entries. */
function openCase(engine: Engine, each: Case, context: BenchContext): Uint8Array[] {
  engine.reset()
  const ledger = new Ledger(engine)
  const { senders, count, others } = scaled(each, context)
  for (let i = 0; i < senders; i++) {
    const [from, end] = [i, i + 1].map((part) => Math.floor((others / senders) * part))
    if (end! > from!) engine.applyDiff(accountsDiff(from!, end!))
    ledger.account(i)
  }
  const transactions = each.build(ledger, { senders, count, random: new Prng(context.seed) })
  engine.takeDiff()
  return Array.from({ length: Math.ceil(transactions.length / CHUNK) }, (_, i) =>
    encodePrepared(transactions.slice(i * CHUNK, (i + 1) * CHUNK)),
  )
}

/** Executes chunk by chunk. The checksum covers every diff. */
function executeAll(engine: Engine, chunks: Uint8Array[]): number {
  let checksum = 0
  for (const entries of chunks) {
    engine.executeBatch(entries, LIMITS)
    engine.takeChunk()
    checksum = crc32(engine.takeDiff(), checksum)
  }
  return checksum
}

/** Once, outside of the time: the checksum tells that every repeat did the same. */
function assertAllSucceed(engine: Engine, chunks: Uint8Array[]): void {
  for (const entries of chunks) {
    const { stop } = engine.executeBatch(entries, LIMITS)
    assert(stop === undefined, 'every transaction of the benchmark is executed')
    for (const { receipt: encoded } of ExecutedTransactions.readAll(engine.takeChunk().transactions)!) {
      const receipt = decodeReceipt(encoded)
      assert(receipt.ok && receipt.receipt.status === 1, 'every transaction of the benchmark succeeds')
    }
    engine.takeDiff()
  }
}
