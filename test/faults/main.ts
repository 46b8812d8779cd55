/**
 * `npm run faults -- [--minutes 10] [--seed S]`: a loaded sequencer, two replicas one behind the other and a full node, on
 * machines of their own (network namespaces); one after the other is killed, paused, cut off and restarted. At the end all
 * roots must be equal, and nothing that was told before may have been wrong.
 */
import { parseArgs } from 'node:util'
import { Prng } from '../../src/lib/index.ts'
import { type FaultReport, FaultRun } from './FaultRun.ts'
import { inOwnNetwork, noNamespaces } from './Namespace.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run faults -- [options]: ends, pauses and cuts off nodes of a network, and compares what they told

  --minutes N   how long (default 10)
  --seed N      of the faults (default: a random one, printed)`)
  process.exit()
}
const minutes = Number(values.minutes)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('--minutes is a number greater than 0, --seed a whole number.\n')
  process.exit(2)
}
const reason = noNamespaces()
if (reason !== undefined) {
  process.stderr.write(`Nodes can't be cut off here: ${reason}\n`)
  process.exit(2)
}
const exitCode = await inOwnNetwork(import.meta.filename, [
  '--minutes',
  String(minutes),
  '--seed',
  String(seed),
])
if (exitCode === undefined) await run()
else process.exitCode = exitCode

async function run(): Promise<void> {
  console.log(`seed ${seed}, ${minutes} minutes`)
  const faults = new FaultRun(new Prng(seed))
  const reports: FaultReport[] = []
  const end = performance.now() + minutes * 60_000
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void faults.remove().finally(() => process.exit(130)))
  try {
    await faults.begin()
    while (performance.now() < end) {
      const report = await faults.step()
      reports.push(report)
      console.log(`${String(reports.length).padStart(3)}: ${report.fault} ${report.member}, ${report.ms} ms`)
    }
    const { blocks, transactions, answers, comparedReceipts, comparedBlocks } = await faults.check()
    console.log(
      `${reports.length} faults: all members have the same block ${blocks}, after ${transactions} transactions; ` +
        `${answers} looks, ${comparedReceipts} receipts and ${comparedBlocks} blocks that they told are the sequencer's.`,
    )
  } catch (error) {
    console.log(
      `FAILED after ${reports.length} faults; again: npm run faults -- --minutes ${minutes} --seed ${seed}`,
    )
    console.log(error)
    process.exitCode = 1
  } finally {
    await faults.remove()
  }
}
