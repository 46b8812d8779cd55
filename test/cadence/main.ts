/**
 * `npm run cadence -- [--seconds 60] [--mini-block-ms 1] [--load TRANSACTIONS_PER_SECOND]`: how steadily mini-blocks
 * come under load, by their own microsecond timestamps. Exit 1 if a number is missing or a transaction is not told.
 */
import { parseArgs } from 'node:util'
import { percentile } from '../../bench/harness.ts'
import { measureCadence } from './cadence.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    'mini-block-ms': { type: 'string', default: '1' },
    load: { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run cadence -- [options]: how steadily mini-blocks come under load

  --seconds N         how long (default 60)
  --mini-block-ms N   the node's mini-block interval (default 1)
  --load N            transfers a second (default 2000)`)
  process.exit()
}
const options = {
  seconds: Number(values.seconds),
  miniBlockMs: Number(values['mini-block-ms']),
  transactionsPerSecond: Number(values.load),
}
if (Object.values(options).some((value) => !Number.isInteger(value) || value < 1)) {
  process.stderr.write('--seconds, --mini-block-ms and --load are whole numbers from 1 on.\n')
  process.exit(2)
}
console.log(
  `${options.seconds} s, mini-blocks of ${options.miniBlockMs} ms, ${options.transactionsPerSecond} transfers/s …`,
)
const report = await measureCadence(options)
const inMs = (us: number) => `${(us / 1000).toFixed(3)} ms`
const figures = [50, 99, 100].map((p) => inMs(percentile(report.intervalsUs, p)))
const arrivals = [50, 99, 100].map((p) => inMs(percentile(report.arrivalsMs, p) * 1000))
console.log(`intervals between timestamps: p50 ${figures[0]}, p99 ${figures[1]}, max ${figures[2]}`)
console.log(`intervals at a subscriber:    p50 ${arrivals[0]}, p99 ${arrivals[1]}, max ${arrivals[2]}`)
console.log(
  `${report.miniBlocks} mini-blocks, ${report.missing} numbers missing, ${report.transactions} of ${report.sent} transactions told`,
)
if (report.missing > 0 || report.transactions !== report.sent) process.exitCode = 1
