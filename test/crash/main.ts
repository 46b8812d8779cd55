/**
 * `npm run crash -- [--runs 100] [--seed S]`: kill -9 under load, again and again on one data folder whose log is pruned
 * behind snapshots all the time; after each restart what clients were told must still be so. Then damaged files, and disks
 * that refuse.
 */
import { parseArgs } from 'node:util'
import { Prng } from '../../src/lib/index.ts'
import { CrashRun, type RoundReport, WHOLE } from './CrashRun.ts'
import { tryDamages } from './damage.ts'
import { DISK_FAULTS, tryDiskFault } from './diskFaults.ts'
import { planKills } from './kills.ts'
import { MAX_ROUNDS } from './Load.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run crash -- [options]: kills the node under load and holds it to what it told

  --runs N   kills (default 100, at most ${MAX_ROUNDS})
  --seed N   of the moments, loads and damages (default: a random one, printed)`)
  process.exit()
}
const runs = Number(values.runs)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
if (!(runs >= 1 && runs <= MAX_ROUNDS) || !Number.isSafeInteger(runs) || !Number.isSafeInteger(seed)) {
  process.stderr.write(`--runs and --seed are whole numbers, --runs from 1 to ${MAX_ROUNDS}.\n`)
  process.exit(2)
}

/** Rounds between two checks of the whole folder. */
const VERIFY_EVERY = 10
const beginMs = performance.now()
const random = new Prng(seed)
const run = new CrashRun(random)
const reports: RoundReport[] = []
let verified = 0
console.log(`seed ${seed}, ${runs} kills`)
try {
  await run.begin()
  for (const [number, kill] of planKills(runs, random).entries()) {
    const report = await run.round(number, kill)
    reports.push(report)
    printRound(number, report)
    if ((number + 1) % VERIFY_EVERY !== 0) continue
    await run.verify()
    verified++
  }
  await run.check(WHOLE)
  summarize()
  await tryFaults()
  await run.stop()
  for (const { damage, outcome, said } of await tryDamages(run, random)) printCase(damage, outcome, said)
  console.log(`All as it should be, in ${seconds(performance.now() - beginMs)} s.`)
} catch (error) {
  console.log(`FAILED after ${reports.length} rounds; again: npm run crash -- --runs ${runs} --seed ${seed}`)
  console.log(error)
  process.exitCode = 1
} finally {
  await run.remove()
}

async function tryFaults(): Promise<void> {
  for (const [index, fault] of DISK_FAULTS.entries()) {
    const { outcome, said } = await tryDiskFault(run, fault, MAX_ROUNDS + index)
    printCase(fault.name, outcome, said)
  }
}

function printRound(number: number, report: RoundReport): void {
  const { kill, acknowledged, sealedSeen, startMs, recovered } = report
  console.log(
    `${String(number + 1).padStart(3)}: ${kill}; ${acknowledged} receipts, ${sealedSeen} block hashes; ` +
      `started in ${startMs.toFixed(0)} ms${recovered.map((line) => `; ${line}`).join('')}`,
  )
}

function printCase(name: string, outcome: string, said: string): void {
  console.log(`${name}: ${outcome}${said === '' ? '' : `\n  ${said.trim().replaceAll('\n', '\n  ')}`}`)
}

function summarize(): void {
  const kinds = new Map<string, number>()
  for (const { kill } of reports) kinds.set(kill, (kinds.get(kill) ?? 0) + 1)
  for (const [kind, count] of [...kinds].sort()) console.log(`${String(count).padStart(4)}  ${kind}`)
  const times = reports.map((report) => report.startMs).sort((a, b) => a - b)
  const { receipts, durable, sealed, queued, finalized } = run.promises
  const sum = (of: (report: RoundReport) => number) => reports.reduce((all, report) => all + of(report), 0)
  console.log(
    `${reports.length} kills in ${seconds(performance.now() - beginMs)} s: ${receipts.size} receipts (${durable.size} of them told ` +
      `durable), ${sealed.size} block hashes and ${queued.size} queued transactions kept, finalized up to block ${finalized?.number}; ` +
      `${sum(({ recovered }) => recovered.length)} torn ends cut, snapshots made in ${sum(({ snapshots }) => snapshots)} rounds, ` +
      `${sum(({ segmentsPruned }) => segmentsPruned)} segments deleted, ${verified} times verified; ` +
      `start-up p50 ${times[times.length >> 1]!.toFixed(0)} ms, max ${times.at(-1)!.toFixed(0)} ms`,
  )
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(0)
}
