/**
 * `npm run crash -- [--runs 50] [--seed S]`: kill -9 at random moments under load, again and again on one data folder;
 * after each restart everything that clients were told must still be so. Then torn and flipped log files.
 */
import { parseArgs } from 'node:util'
import { Prng } from '../../src/lib/index.ts'
import { CrashRun, type RoundReport } from './CrashRun.ts'
import { type Damage, startOnDamaged } from './damage.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run crash -- [options]: kills the node at random moments under load and holds it to what it told

  --runs N   kills (default 50)
  --seed N   of the random moments and loads (default: a random one, printed)`)
  process.exit()
}
const runs = Number(values.runs)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('--runs and --seed are whole numbers, --runs at least 1.\n')
  process.exit(2)
}

const random = new Prng(seed)
const run = new CrashRun(random)
const reports: RoundReport[] = []
console.log(`seed ${seed}, ${runs} kills`)
try {
  await run.begin()
  for (let number = 0; number < runs; number++) {
    const report = await run.round(number)
    reports.push(report)
    const cut = report.cut ? `, ${report.cut}` : ''
    console.log(
      `${String(number + 1).padStart(3)}: killed after ${report.killedAfterMs} ms, ${report.acknowledged} receipts and ` +
        `${report.sealedSeen} block hashes kept, started in ${report.startMs.toFixed(0)} ms${cut}`,
    )
  }
  await run.stop()
  summarize()
  await damages()
} catch (error) {
  console.log(`FAILED after ${reports.length} rounds; again: npm run crash -- --runs ${runs} --seed ${seed}`)
  console.log(error)
  process.exitCode = 1
} finally {
  await run.remove()
}

function summarize(): void {
  const times = reports.map((report) => report.startMs).sort((a, b) => a - b)
  const { receipts, sealed, queued } = run.promises
  console.log(
    `${reports.length} kills: ${receipts.size} receipts, ${sealed.size} block hashes and ${queued.size} queued transactions kept; ` +
      `${reports.filter((report) => report.cut).length} torn ends cut; ` +
      `start-up p50 ${times[times.length >> 1]!.toFixed(0)} ms, max ${times.at(-1)!.toFixed(0)} ms`,
  )
}

async function damages(): Promise<void> {
  const expected: Record<Damage, 'started' | 'refused'> = {
    truncated: 'started',
    'garbage appended': 'started',
    flipped: 'refused',
  }
  for (const [damage, outcome] of Object.entries(expected) as [Damage, 'started' | 'refused'][]) {
    const report = await startOnDamaged(run.folder, damage, random)
    console.log(`${report.damage}: ${report.outcome}\n  ${report.said.trim().replaceAll('\n', '\n  ')}`)
    if (report.outcome !== outcome) throw new Error(`${damage}: ${outcome} was expected`)
  }
}
