/**
 * Counts verdicts, and prints them: a table per suite and fork, failures by cause, reasons of skips, the tier, the last
 * line.
 */
import type { Tier } from './options.ts'
import type { Verdict } from './testCase.ts'
import { addCounts, NO_COUNTS, type TierCounts } from './tierCounts.ts'
import type { TestName } from './worker.ts'

type Row = { suite: string; fork: string; passed: number; failed: number; skipped: number; ms: number }
type Failure = { test: TestName; expected: string; received: string }

/** Failures shown for one cause; the others are counted. All are shown with --verbose. */
const SHOWN_PER_CAUSE = 8
/** Longer values are cut: some are whole blocks. */
const SHOWN_CHARACTERS = 400
const PROGRESS_EVERY_MS = 200

export class Report {
  passed = 0
  failed = 0
  skipped = 0
  readonly #verbose: boolean
  readonly #list: boolean
  readonly #tier: Tier
  readonly #hot: boolean
  readonly #threads: 1 | 2
  #counts = NO_COUNTS
  readonly #rows = new Map<string, Row>()
  readonly #failures = new Map<string, Failure[]>()
  readonly #skips = new Map<string, number>()
  readonly #notes = new Map<string, number>()
  #progressAt = 0

  constructor(options: { verbose: boolean; list: boolean; tier: Tier; hot: boolean; threads: 1 | 2 }) {
    this.#verbose = options.verbose
    this.#list = options.list
    this.#tier = options.tier
    this.#hot = options.hot
    this.#threads = options.threads
  }

  /** Counts one test; `ms` is what it took. */
  add(test: TestName, verdict: Verdict, ms: number): void {
    const key = `${test.suite}\n${test.fork}`
    const row = this.#rows.get(key) ?? {
      suite: test.suite,
      fork: test.fork,
      passed: 0,
      failed: 0,
      skipped: 0,
      ms: 0,
    }
    this.#rows.set(key, row)
    row[verdict.outcome]++
    row.ms += ms
    this[verdict.outcome]++
    if (verdict.outcome === 'failed') push(this.#failures, verdict.cause, { test, ...verdict })
    if (verdict.outcome === 'passed' && verdict.note !== undefined) {
      this.#notes.set(verdict.note, (this.#notes.get(verdict.note) ?? 0) + 1)
    }
    if (verdict.outcome === 'skipped')
      this.#skips.set(verdict.reason, (this.#skips.get(verdict.reason) ?? 0) + 1)
    if (this.#list) process.stdout.write(`${test.suite} ${test.fork} ${test.path}::${test.name}\n`)
    else if (this.#verbose) {
      process.stdout.write(
        `${verdict.outcome} ${ms.toFixed(1)} ms ${test.suite} ${test.fork} ${test.path}::${test.name}\n`,
      )
    }
    this.#progress(test.suite)
  }

  /** Adds what the tiers of a thread's engine did. */
  addCounts(counts: TierCounts): void {
    this.#counts = addCounts(this.#counts, counts)
  }

  /** Everything but the last line. */
  print(wallSeconds: number): void {
    this.#clearProgress()
    this.#printFailures()
    this.#printTable(wallSeconds)
    printCounts('Skipped, and why', this.#skips)
    process.stdout.write(`\n${this.#tierLine()}\n${this.#threadsLine()}`)
    if (this.#verbose) printCounts('Refused as expected, for another reason', this.#notes)
  }

  /** The plain last line, for programs. */
  lastLine(): string {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`
  }

  /** Which tier ran, and how much of it. */
  #tierLine(): string {
    if (this.#tier === 'interpreter') return 'Tier: interpreter.'
    const { compiledCodes, refusedCodes, compiledTests, mixedTests, interpretedTests } = this.#counts
    const often = this.#hot ? 'state and blockchain tests twice' : 'once'
    return (
      `Tier: ${this.#tier}, ${often}. At least ${compiledCodes} codes compiled and ${refusedCodes} refused, on each ` +
      `thread anew.\nOf the tests that run code, ${compiledTests} ran all of it compiled, ${mixedTests} a part, ` +
      `${interpretedTests} none.`
    )
  }

  /** What another engine has executed ahead; nothing where there was none. */
  #threadsLine(): string {
    if (this.#threads === 1) return ''
    const { committed, conflicted, notSpeculated } = this.#counts
    return (
      `Threads: 2. Of ${committed + conflicted + notSpeculated} transactions ${committed} were executed ahead and ` +
      `committed, ${conflicted} executed again; ${notSpeculated} were not executed ahead.\n`
    )
  }

  #printFailures(): void {
    const causes = [...this.#failures].sort((a, b) => b[1].length - a[1].length)
    for (const [cause, failures] of causes) {
      process.stdout.write(`\n${failures.length} failed: ${cause}\n`)
      const shown = this.#verbose ? failures : failures.slice(0, SHOWN_PER_CAUSE)
      for (const { test, expected, received } of shown) {
        process.stdout.write(
          `  ${test.suite} ${test.fork} ${test.path}::${test.name}\n    expected: ${cut(expected)}\n    received: ${cut(received)}\n`,
        )
      }
      if (shown.length < failures.length) {
        process.stdout.write(`  … and ${failures.length - shown.length} more (--verbose shows all)\n`)
      }
    }
  }

  #printTable(wallSeconds: number): void {
    const header = ['suite', 'fork', 'passed', 'failed', 'skipped', 'seconds']
    const rows = [...this.#rows.values()]
      .sort((a, b) => a.suite.localeCompare(b.suite) || a.fork.localeCompare(b.fork))
      .map((row) =>
        [row.suite, row.fork, row.passed, row.failed, row.skipped, (row.ms / 1000).toFixed(1)].map(String),
      )
    const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
    const line = (cells: string[]): string =>
      cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')
    process.stdout.write(`\n${[header, ...rows].map(line).join('\n')}\n`)
    process.stdout.write(
      `\n${wallSeconds.toFixed(1)} s in all; the seconds above are added over the threads.\n`,
    )
  }

  #progress(suite: string): void {
    if (!process.stderr.isTTY || this.#verbose || this.#list) return
    const now = performance.now()
    if (now < this.#progressAt) return
    this.#progressAt = now + PROGRESS_EVERY_MS
    process.stderr.write(`\r\x1b[K${this.lastLine()} (${suite})`)
  }

  #clearProgress(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  }
}

function printCounts(title: string, counts: Map<string, number>): void {
  if (counts.size === 0) return
  const lines = [...counts].sort((a, b) => b[1] - a[1])
  const text = lines.map(([what, count]) => `${String(count).padStart(7)}  ${what}`).join('\n')
  process.stdout.write(`\n${title}:\n${text}\n`)
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS
    ? `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`
    : text
}
