/**
 * The tables of the state (docs/decisions/0011-state-tables.md): 10 million accounts and 10 million slots in one engine.
 *
 * Reads and writes go straight to the kernel's exports, on keys that lie in its memory: what JavaScript adds is a call.
 */
import { Engine } from '../src/execution/index.ts'
import { Prng } from '../src/lib/index.ts'
import { type Bench, type BenchContext, measure, percentile } from './harness.ts'
import { benchSnapshots } from './lib/snapshotCases.ts'
import { accountsDiff, CONTRACT, CONTRACT_DIFF, slotsDiff, writeKey } from './lib/stateEntries.ts'
import { WorkloadError } from './lib/WorkloadError.ts'

export const bench: Bench = {
  name: 'state',
  summary:
    'the state tables with 10 million accounts and slots: reads, writes, growth, bulk load, bytes an entry',
  options: {},
  async run(context) {
    const size = sizeOf(context)
    benchGrowth(context, size)
    const engine = openEngine(context)
    benchLoad(context, engine, size)
    await benchOperations(context, engine, size)
    benchMost(context, engine)
    await benchSnapshots(context)
  },
}

/** `count` accounts and as many slots; a number with the prime factors 2 and 5 (nextSlot). */
type Size = { count: number; name: string; operations: number }

/** The keys of all operations are in the kernel's input region before. */
function sizeOf({ tiny }: BenchContext): Size {
  return tiny
    ? { count: 1_000, name: '1,000', operations: 500 }
    : { count: 10_000_000, name: '10 M', operations: 500_000 }
}

function openEngine({ tiny }: BenchContext): Engine {
  const engine = new Engine({ memoryMiB: tiny ? 320 : 4095, evm: 'interpreter' })
  engine.applyDiff(CONTRACT_DIFF)
  return engine
}

const WORD_BYTES = 32

type Keys = {
  address: number
  word: number
  at(i: number): number
  put(numberOf: (i: number) => number): void
}

/** Addresses in the kernel's input region: the contract, a word, then `count` keys of slots. */
function openKeys({ kernel }: Engine, count: number): Keys {
  const buffer = new Uint8Array(count * WORD_BYTES)
  const address = kernel.put(CONTRACT, 0)
  const keys = kernel.put(buffer, 2 * WORD_BYTES)
  return {
    address,
    word: address + WORD_BYTES,
    at: (i) => keys + i * WORD_BYTES,
    put: (numberOf) => {
      for (let i = 0; i < count; i++) writeKey(buffer, i * WORD_BYTES, numberOf(i))
      kernel.put(CONTRACT, 0)
      kernel.put(buffer, 2 * WORD_BYTES)
    },
  }
}

// ------------------------------------------------------------------------------------------------------- growth

/** Insertions between two looks at the clock: 2 µs, of which the clock takes 0.05. */
const TIMED_INSERTIONS = 16

/** Keys that are made at once. */
const READY_KEYS = 4000

/** Single insertions into an empty table: how long one may take while the index doubles under it. */
function benchGrowth(context: BenchContext, { count, name }: Size): void {
  const engine = openEngine(context)
  const { exports } = engine.kernel
  const keys = openKeys(engine, READY_KEYS)
  const timesUs: number[] = []
  for (let from = 0; from < count; from += READY_KEYS) {
    keys.put((i) => from + i)
    for (let start = 0; start < READY_KEYS; start += TIMED_INSERTIONS) {
      const before = process.hrtime.bigint()
      for (let i = start; i < start + TIMED_INSERTIONS; i++)
        exports.putStorage(keys.address, keys.at(i), keys.at(i))
      timesUs.push(Number(process.hrtime.bigint() - before) / 1000)
    }
  }
  const total = timesUs.reduce((sum, time) => sum + time, 0)
  timesUs.sort((a, b) => a - b)
  const report = (metric: string, value: number, unit: string) =>
    context.report({ case: `growth from 0 to ${name} slots`, metric, value, unit })
  report('insertions', (timesUs.length * TIMED_INSERTIONS * 1e6) / total, '1/s')
  report(`p99.9 of ${TIMED_INSERTIONS}`, percentile(timesUs, 99.9), 'µs')
  report(`longest ${TIMED_INSERTIONS}`, timesUs.at(-1)!, 'µs')
}

// ---------------------------------------------------------------------------------------------------- bulk load

/** Entries of one diff: about 1 MiB. */
const DIFF_ENTRIES = 12_000

/** Whole state by diffs of about 1 MiB, as a snapshot is read. */
function benchLoad(context: BenchContext, engine: Engine, { count, name }: Size): void {
  const load = (what: string, diffOf: (from: number, end: number) => Uint8Array) => {
    const memoryBefore = process.memoryUsage.rss()
    let elapsedMs = 0
    for (let from = 0; from < count; from += DIFF_ENTRIES) {
      const diff = diffOf(from, Math.min(from + DIFF_ENTRIES, count))
      const start = process.hrtime.bigint()
      engine.applyDiff(diff)
      elapsedMs += Number(process.hrtime.bigint() - start) / 1e6
    }
    const bytes = (process.memoryUsage.rss() - memoryBefore) / count
    const report = (metric: string, value: number, unit: string) =>
      context.report({ case: `${name} ${what} by diffs`, metric, value, unit })
    report('load', count / (elapsedMs / 1000), '1/s')
    report('resident memory', Math.max(0, bytes), 'bytes/entry')
  }
  load('accounts', accountsDiff)
  load('slots', (from, end) => slotsDiff(from, end, count))
  if (engine.accountCount !== count + 1 || engine.slotCount !== count)
    throw new WorkloadError('bulk load', `${count} slots`, `${engine.slotCount}`)
}

/** What else fits: bytes of the largest engine, over its limits. */
function benchMost(context: BenchContext, engine: Engine): void {
  const { accounts, slots, accountsAndSlots } = engine.limits
  const memoryMiB = engine.kernel.bytes.length / 2 ** 20
  context.note(
    `an engine of ${memoryMiB} MiB has room for ${accountsAndSlots} accounts and slots, at most ${accounts} accounts and ${slots} slots`,
  )
}

// --------------------------------------------------------------------------------------------- reads and writes

/** Reads and writes of slots at random: keys known before (the processor works on several), and each from the last's value. */
async function benchOperations(context: BenchContext, engine: Engine, size: Size): Promise<void> {
  const { count, operations, name } = size
  const { exports } = engine.kernel
  const keys = openKeys(engine, operations)
  const randomKeys = () => {
    const random = new Prng(context.seed)
    keys.put(() => random.nextInt(count))
  }
  const { address, word } = keys
  const read = (key: number) => exports.readStorage(address, key, word)
  const write = (key: number) => exports.putStorage(address, key, word)
  const rewrite = (key: number) => {
    exports.readStorage(address, key, word)
    exports.putStorage(address, key, word)
  }
  const each = (take: (key: number) => void) => () => {
    for (let i = 0; i < operations; i++) take(keys.at(i))
  }
  /** From slot to slot: each value is the next key. */
  const walk = (take: (key: number) => void) => () => {
    take(keys.at(0))
    for (let i = 1; i < operations; i++) take(word)
  }
  const cases: [string, () => void][] = [
    ['reads', each(read)],
    ['reads, each from the last', walk(read)],
    ['reads and writes', each(rewrite)],
    ['writes', each(write)],
  ]
  for (const [what, work] of cases) {
    const timing = await measure({
      repeats: context.repeats,
      prepare: randomKeys,
      work: () => {
        work()
        return Buffer.from(engine.kernel.copy(word, WORD_BYTES)).toString('hex', 0, 4)
      },
    })
    context.report({
      case: `${name} slots: ${what}`,
      metric: 'operations',
      value: operations / (timing.medianMs / 1000),
      unit: '1/s',
      checksum: timing.checksum,
    })
  }
}
