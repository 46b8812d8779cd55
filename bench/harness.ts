/**
 * The harness of every benchmark: options, warm-up, medians of repeats, checksums, the machine's name, and one output
 * for people (a table) or for programs (`--json`).
 *
 * A benchmark is a file of this folder that exports `bench: Bench`; `npm run bench -- NAME` finds it by file name.
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'

/** One figure. `engine` is `leveret` or the peer's name. */
export type Measurement = {
  bench: string
  case: string
  metric: string
  value: number
  unit: string
  engine: string
}

export type Bench = {
  name: string
  /** One line for the list of benchmarks. */
  summary: string
  /** Options beside the common ones, in the form of node:util parseArgs. */
  options: Record<string, ParseArgsOptionDescriptor & { help: string }>
  run(context: BenchContext): Promise<void> | void
}

export type BenchContext = {
  /** Tiny inputs: checks that the benchmark works, its figures mean nothing. */
  tiny: boolean
  repeats: number
  seed: number
  /** Values of the bench's own options. */
  options: Record<string, string | boolean | (string | boolean)[] | undefined>
  /** Records one figure. `engine` is `leveret` when not given. */
  report(figure: {
    case: string
    metric: string
    value: number
    unit: string
    engine?: string
    checksum?: string
  }): void
  /** Says something beside the figures (never part of the JSON). */
  note(text: string): void
}

export type Timing = {
  medianMs: number
  minMs: number
  maxMs: number
  /** What the work returned; equal in every repeat. */
  checksum: string
}

export type TimingRequest<Prepared> = {
  repeats: number
  /** Repeats thrown away before; 1 when not given. */
  warmUps?: number
  /** Runs before each repeat, outside the measured time. */
  prepare: () => Prepared | Promise<Prepared>
  /** The measured work. Returns a checksum of what it did, so that nothing of it can be left out. */
  work: (prepared: Prepared) => string | Promise<string>
}

const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'print one JSON array of figures instead of the table' },
  tiny: { type: 'boolean', help: 'tiny inputs: shows that the benchmark works' },
  repeats: { type: 'string', help: 'measured repeats, the median counts (default 5)' },
  seed: { type: 'string', help: 'seed of the generated inputs (default 1)' },
  help: { type: 'boolean', help: 'show the options' },
} as const

const DEFAULT_REPEATS = 5

/** Measures `work` on fresh input: warm-ups, then repeats; throws when two repeats did different work. */
export async function measure<Prepared>(request: TimingRequest<Prepared>): Promise<Timing> {
  const times: number[] = []
  let checksum: string | undefined
  const warmUps = request.warmUps ?? 1
  for (let round = 0; round < warmUps + request.repeats; round++) {
    const prepared = await request.prepare()
    const start = process.hrtime.bigint()
    const pending = request.work(prepared)
    const done = typeof pending === 'string' ? pending : await pending
    const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6
    checksum ??= done
    if (done !== checksum) throw new ChecksumError(checksum, done, round)
    if (round >= warmUps) times.push(elapsedMs)
  }
  times.sort((a, b) => a - b)
  return {
    medianMs: percentile(times, 50),
    minMs: times[0] ?? 0,
    maxMs: times.at(-1) ?? 0,
    checksum: checksum ?? '',
  }
}

/** The p-th percentile (0 to 100, nearest rank) of ascending numbers; NaN of none. */
export function percentile(ascending: readonly number[], p: number): number {
  if (ascending.length === 0) return Number.NaN
  const rank = Math.ceil((p / 100) * ascending.length)
  return ascending[Math.min(ascending.length - 1, Math.max(0, rank - 1))] as number
}

/** The same of numbers in any order, which stay as they are. */
export function percentileOf(values: readonly number[], p: number): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    p,
  )
}

/** The 50th percentile of numbers in any order; of an even count the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  return percentileOf(values, 50)
}

/** Geometric mean; NaN of none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

/** Runs one benchmark with its command-line arguments and prints what it found. Returns the figures. */
export async function runBench(bench: Bench, args: readonly string[]): Promise<Measurement[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...COMMON_OPTIONS, ...bench.options },
    strict: true,
  }) as { values: Record<string, string | boolean | undefined> }
  if (values.help) {
    process.stdout.write(describeOptions(bench))
    return []
  }
  const figures: Measurement[] = []
  const people = values.json ? process.stderr : process.stdout
  people.write(`${bench.name} on ${machine()}\n`)
  await bench.run({
    tiny: values.tiny === true,
    repeats: positiveInteger(values.repeats, 'repeats', values.tiny ? 1 : DEFAULT_REPEATS),
    seed: positiveInteger(values.seed, 'seed', 1),
    options: values,
    report({ checksum, engine = 'leveret', ...figure }) {
      const measurement = { bench: bench.name, ...figure, engine }
      figures.push(measurement)
      people.write(formatFigure(measurement, checksum))
    },
    note: (text) => void people.write(`  ${text}\n`),
  })
  if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
  return figures
}

/** Processor, cores, Node version and commit: what a figure needs beside it. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${model}, ${availableParallelism()} cores, Node ${process.versions.node}, commit ${commit()}`
}

/** Text of a bench's options. */
export function describeOptions(bench: Bench): string {
  const lines = Object.entries({ ...bench.options, ...COMMON_OPTIONS }).map(
    ([name, option]) => `  --${option.type === 'boolean' ? name : `${name} VALUE`}`.padEnd(24) + option.help,
  )
  return `${bench.name}: ${bench.summary}\n${lines.join('\n')}\n`
}

function commit(): string {
  try {
    const hash = git('rev-parse', '--short', 'HEAD').trim()
    return git('status', '--porcelain', '--untracked-files=no') === '' ? hash : `${hash} with changes`
  } catch {
    return 'unknown' // no git here, or not a checkout
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

function formatFigure(figure: Measurement, checksum: string | undefined): string {
  const value = figure.value.toLocaleString('en', { maximumSignificantDigits: 5 })
  const text = `  ${figure.case.padEnd(34)} ${figure.engine.padEnd(18)} ${figure.metric.padEnd(18)} ${value.padStart(12)} ${figure.unit}`
  return checksum === undefined ? `${text}\n` : `${text}   checksum ${checksum}\n`
}

function positiveInteger(value: string | boolean | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`--${name} must be a whole number from 1 on, not ${value}`)
  return number
}

/** Two repeats of the same work gave different results. */
export class ChecksumError extends Error {
  override name = 'ChecksumError'
  constructor(expected: string, received: string, round: number) {
    super(
      `Repeats of one benchmark did different work.\n  round: ${round}   first checksum: ${expected}   this one: ${received}\n` +
        '  next: prepare() must give equal input every time; look for state that one repeat leaves to the next.',
    )
  }
}
