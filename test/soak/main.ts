/**
 * `npm run soak -- [--minutes 30] [--warm-up 5] [--rate 2000] [--out FOLDER]`: one node under an even load; memory, disk and latency
 * over time as a table, a CSV file and plots, with the slope of what should be flat. What ends it early, Ctrl-C too, leaves
 * all of that of the time until then.
 */
import { parseArgs } from 'node:util'
import { report } from './report.ts'
import { COLUMN_WIDTH, COLUMNS, type Sample } from './Sample.ts'
import { Soak } from './Soak.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'warm-up': { type: 'string', default: '5' },
    rate: { type: 'string', default: '2000' },
    'snapshot-mb': { type: 'string', default: '128' },
    'block-ms': { type: 'string', default: '1000' },
    replica: { type: 'boolean', default: false },
    out: { type: 'string', default: 'soak' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run soak -- [options]: memory, disk and latency of a node under an even load

  --minutes N      how long (default 30)
  --warm-up N      minutes until memory should be flat: caches are full then (default 5)
  --rate N         transactions/s (default 2000)
  --snapshot-mb N  the node's flag of that name (default 128)
  --block-ms N     the node's flag of that name (default 1000)
  --replica        another node follows it, whose memory is told too
  --out FOLDER     for samples.csv and the plots (default soak)`)
  process.exit()
}
const [minutes, warmUpMinutes, rate, snapshotMiB, blockMs] = [
  ...[values.minutes, values['warm-up'], values.rate, values['snapshot-mb'], values['block-ms']],
].map(Number) as [number, number, number, number, number]
if (!(minutes > 0 && rate > 0 && warmUpMinutes >= 0 && snapshotMiB >= 0 && blockMs >= 1)) {
  process.stderr.write('--minutes, --rate and --block-ms are numbers above 0, the others 0 or more.\n')
  process.exit(2)
}

let isToEnd = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The library's listener ends the process at once; a second signal still does.
  process.removeAllListeners(signal)
  process.once(signal, () => {
    isToEnd = true
    process.once(signal, () => process.exit(130))
  })
}

const soak = await Soak.start({ rate, snapshotMiB, blockMs, replica: values.replica })
const samples: Sample[] = []
const print = (cells: string[]): void =>
  console.log(cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join(''))
print(COLUMNS.map(({ title }) => title))
try {
  const end = performance.now() + minutes * 60_000
  for (let count = 1; performance.now() < end && !isToEnd; count++) {
    const sample = await soak.sample()
    samples.push(sample)
    if (count % 15 === 1) print(COLUMNS.map(({ key }) => sample[key].toFixed(1)))
  }
} catch (error) {
  // Said before the node is stopped, which may fail too.
  process.stderr.write(`The soak ends early: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  if (samples.length > 0) console.log(report(samples, values.out, warmUpMinutes))
  await soak.stop()
}
