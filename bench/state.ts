/**
 * The tables of the state (docs/decisions/0011-state-tables.md): 10 million accounts and 10 million slots in one engine;
 * then 50 million slots with a cold store (docs/decisions/0014-cold-slots.md), which takes 5 GB.
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
    'the state tables with 10 million accounts and slots, and with 50 million slots; import, start and snapshots of 10 million accounts',
  options: {
    part: {
      type: 'string',
      help: 'tables, cold or snapshots: 10 million of each, 50 million slots, or a chain of 10 million accounts (default: all)',
    },
  },
  async run(context) {
    const { part } = context.options
    const parts = { tables: benchTables, cold: benchColdSlots, snapshots: benchSnapshots }
    if (part !== undefined && !Object.hasOwn(parts, part as string))
      throw new RangeError(`--part must be one of ${Object.keys(parts).join(', ')}, not ${part}`)
    for (const [name, run] of Object.entries(parts))
      if (part === undefined || part === name) await run(context)
  },
}

async function benchTables(context: BenchContext): Promise<void> {
  const size = sizeOf(context)
  benchGrowth(context, size)
  const engine = openEngine(context)
  benchLoad(context, engine, { ...size, name: `${size.name}, first time` }, true)
  // Again, into memory that the system has given already: the first time its page faults are in it.
  engine.reset()
  engine.applyDiff(CONTRACT_DIFF)
  benchLoad(context, engine, size, false)
  await benchOperations(context, engine, size)
  await benchMostSlots(context, engine, size)
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

/** Insertions between two looks at the clock, which take 4 µs, the clock 0.05 of them. */
const TIMED_INSERTIONS = 10

/** Keys that are made at once. */
const READY_KEYS = 1000

/**
 * Single insertions into an empty table: how long one may take while the index doubles under it. Then the same again, in
 * memory that the system has given already, and the same as mere writes, which show what the machine adds.
 */
function benchGrowth(context: BenchContext, { count, name }: Size): void {
  const engine = openEngine(context)
  timeWrites(context, engine, count, `growth from 0 to ${name} slots, first time`)
  engine.reset()
  engine.applyDiff(CONTRACT_DIFF)
  timeWrites(context, engine, count, `growth from 0 to ${name} slots`)
  timeWrites(context, engine, count, `the same slots written again`)
}

function timeWrites(
  context: BenchContext,
  engine: Engine,
  count: number,
  name: string,
  numberOf = (i: number) => i,
): void {
  const { exports } = engine.kernel
  const keys = openKeys(engine, READY_KEYS)
  const timesUs = new Float64Array(count / TIMED_INSERTIONS)
  let timed = 0
  for (let from = 0; from < count; from += READY_KEYS) {
    keys.put((i) => numberOf(from + i))
    for (let start = 0; start < READY_KEYS && timed < timesUs.length; start += TIMED_INSERTIONS) {
      const before = performance.now()
      for (let i = start; i < start + TIMED_INSERTIONS; i++)
        exports.putStorage(keys.address, keys.at(i), keys.at(i))
      timesUs[timed++] = (performance.now() - before) * 1000
    }
  }
  const total = timesUs.reduce((sum, time) => sum + time, 0)
  const ascending = Array.from(timesUs.sort())
  const report = (metric: string, value: number, unit: string) =>
    context.report({ case: name, metric, value, unit })
  report('writes', (timed * TIMED_INSERTIONS * 1e6) / total, '1/s')
  report(`p99.9 of ${TIMED_INSERTIONS}`, percentile(ascending, 99.9), 'µs')
  report(`longest ${TIMED_INSERTIONS}`, ascending.at(-1)!, 'µs')
}

// ---------------------------------------------------------------------------------------------------- bulk load

/** Entries of one diff: about 1 MiB. */
const DIFF_ENTRIES = 12_000

/** Whole state by diffs of about 1 MiB, as a snapshot is read. */
function benchLoad(context: BenchContext, engine: Engine, { count, name }: Size, isFirst: boolean): void {
  const load = (what: string, diffOf: (from: number, end: number) => Uint8Array) => {
    const memoryBefore = process.memoryUsage.rss()
    const elapsedMs = loadByDiffs(engine, count, diffOf)
    const bytes = (process.memoryUsage.rss() - memoryBefore) / count
    const report = (metric: string, value: number, unit: string) =>
      context.report({ case: `${what} by diffs, ${name}`, metric, value, unit })
    report('load', count / (elapsedMs / 1000), '1/s')
    if (isFirst) report('resident memory', Math.max(0, bytes), 'bytes/entry')
  }
  load('accounts', accountsDiff)
  load('slots', (from, end) => slotsDiff(from, end, count))
  if (engine.accountCount !== count + 1 || engine.slotCount !== count)
    throw new WorkloadError('bulk load', `${count} slots`, `${engine.slotCount}`)
}

/** Milliseconds that applying took; making the diffs is not in it. */
function loadByDiffs(
  engine: Engine,
  count: number,
  diffOf: (from: number, end: number) => Uint8Array,
): number {
  let elapsedMs = 0
  for (let from = 0; from < count; from += DIFF_ENTRIES) {
    const diff = diffOf(from, Math.min(from + DIFF_ENTRIES, count))
    const start = performance.now()
    engine.applyDiff(diff)
    elapsedMs += performance.now() - start
  }
  return elapsedMs
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

/** Slots alone, about as many as one engine holds. */
async function benchMostSlots(context: BenchContext, engine: Engine, size: Size): Promise<void> {
  noteLimits(context, engine)
  const most = { ...size, count: 2 * size.count, name: context.tiny ? '2,000' : '20 M' }
  engine.reset()
  engine.applyDiff(CONTRACT_DIFF)
  loadByDiffs(engine, most.count, (from, end) => slotsDiff(from, end, most.count))
  await benchOperations(context, engine, most)
}

function noteLimits(context: BenchContext, engine: Engine): void {
  const { accounts, slots, accountsAndSlots } = engine.limits
  context.note(
    `an engine of ${engine.kernel.bytes.length / 2 ** 20} MiB holds ${accountsAndSlots} accounts and slots, at most ${accounts} accounts and ${slots} slots`,
  )
}

// --------------------------------------------------------------------------------------------------- cold slots

/** More slots than the engine's own table has room for. */
async function benchColdSlots(context: BenchContext): Promise<void> {
  const { tiny } = context
  const size = { ...sizeOf(context), count: tiny ? 2_000 : 50_000_000, name: tiny ? '2,000' : '50 M' }
  const engine = new Engine({
    ...{ memoryMiB: tiny ? 320 : 4095, coldMemoryMiB: tiny ? 1 : 4095, evm: 'interpreter' },
    ...(tiny ? { keptSlots: 500 } : {}),
  })
  noteLimits(context, engine)
  engine.applyDiff(CONTRACT_DIFF)
  benchColdLoad(context, engine, size)
  benchMisses(context, engine, size)
  await benchOperations(context, engine, size)
  // Most of them for the first time: they come in, and others leave.
  const random = new Prng(context.seed + 1)
  timeWrites(context, engine, 2 * size.operations, `${size.name} slots: updates at random`, () =>
    random.nextInt(size.count),
  )
}

/** The first slots fit in the engine's table; each of the last ones moves another out. */
function benchColdLoad(context: BenchContext, engine: Engine, { count, name }: Size): void {
  const memoryBefore = process.memoryUsage.rss()
  const half = count / 2
  for (const [what, from] of [
    ['first half', 0],
    ['second half', half],
  ] as const) {
    const elapsedMs = loadByDiffs(engine, half, (start, end) => slotsDiff(from + start, from + end, count))
    context.report({
      case: `slots by diffs, ${what} of ${name}`,
      metric: 'load',
      value: half / (elapsedMs / 1000),
      unit: '1/s',
    })
  }
  const bytes = (process.memoryUsage.rss() - memoryBefore) / count
  context.report({
    case: `slots by diffs, ${name}`,
    metric: 'resident memory',
    value: Math.max(0, bytes),
    unit: 'bytes/entry',
  })
  if (engine.slotCount !== count)
    throw new WorkloadError('bulk load', `${count} slots`, `${engine.slotCount}`)
}

/** Reads of slots that nobody has, known before: the store is asked each time. */
function benchMisses(context: BenchContext, engine: Engine, { count, operations, name }: Size): void {
  const { exports } = engine.kernel
  const keys = openKeys(engine, operations)
  keys.put((i) => count + i)
  const start = performance.now()
  for (let i = 0; i < operations; i++) exports.readStorage(keys.address, keys.at(i), keys.word)
  const elapsedMs = performance.now() - start
  context.report({
    case: `${name} slots: reads of none`,
    metric: 'operations',
    value: operations / (elapsedMs / 1000),
    unit: '1/s',
  })
}
