/**
 * `npm run soak -- [--minutes 30] [--warm-up 5] [--rate 2000] [--out FOLDER]`: one node under an even load; memory, disk and latency
 * over time as a table, a CSV file and plots, with the slope of what should be flat.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { plot } from './plot.ts'
import { COLUMNS, type Sample, Soak } from './Soak.ts'
import { slopePerHour, summary } from './summary.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'warm-up': { type: 'string', default: '5' },
    rate: { type: 'string', default: '2000' },
    'snapshot-mb': { type: 'string', default: '128' },
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
  --out FOLDER     for samples.csv and the plots (default soak)`)
  process.exit()
}
const [minutes, rate, snapshotMiB] = [values.minutes, values.rate, values['snapshot-mb']].map(Number) as [
  number,
  number,
  number,
]
if (!(minutes > 0) || !(rate > 0) || !(snapshotMiB >= 0)) {
  process.stderr.write('--minutes and --rate are numbers above 0, --snapshot-mb 0 or more.\n')
  process.exit(2)
}

const soak = await Soak.start({ rate, snapshotMiB })
const samples: Sample[] = []
console.log(COLUMNS.map(({ title }) => title.padStart(12)).join(''))
try {
  const end = performance.now() + minutes * 60_000
  for (let second = 1; performance.now() < end; second++) {
    const sample = await soak.sample()
    samples.push(sample)
    if (second % 15 === 1) console.log(COLUMNS.map(({ key }) => sample[key].toFixed(1).padStart(12)).join(''))
  }
} finally {
  await soak.stop()
}
mkdirSync(values.out, { recursive: true })
const csv = [COLUMNS.map(({ key }) => key), ...samples.map((sample) => COLUMNS.map(({ key }) => sample[key]))]
writeFileSync(join(values.out, 'samples.csv'), `${csv.map((row) => row.join(',')).join('\n')}\n`)
for (const { key, title } of COLUMNS.slice(1))
  writeFileSync(
    join(values.out, `${key}.svg`),
    plot(
      title,
      samples.map((sample) => [sample.minute, sample[key]]),
    ),
  )
console.log(summary(samples))
const warmUpMinutes = Math.min(Number(values['warm-up']), minutes / 2)
const slope = slopePerHour(samples, 'residentMiB', { warmUpMinutes })
console.log(
  `own memory after ${warmUpMinutes} minutes: ${slope.toFixed(1)} MiB an hour, which is ${((slope * 72) / 1024).toFixed(2)} GiB in 72 hours`,
)
console.log(`plots and samples are in ${values.out}`)
