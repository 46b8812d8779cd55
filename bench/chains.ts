/**
 * `npm run bench -- chains`: chains inside a test's process (createChain): what importing the package takes, what the first
 * chain and each further one take until they answer, the memory of one, and a transfer with its receipt. Each repeat is a
 * process of its own, with the built package. Next to it anvil, from its start to its first answer.
 */
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { anvilInstalled, startChain } from '../test/lib/index.ts'
import { type Bench, type BenchContext, median, percentileOf } from './harness.ts'
import { builtPackage } from './lib/builtPackage.ts'
import { signedTransfers } from './lib/signedTransfers.ts'

const root = resolve(import.meta.dirname, '..')
const CHILD = join(import.meta.dirname, 'lib/chainsChild.ts')
const CHAINS = 100
const MIB = 2 ** 20

/** What one process took. */
export type ChainsRun = {
  importMs: number
  /** Of the first chain, until it answers. */
  firstMs: number
  /** Of the others, one after another, all of them held. */
  furtherMs: number[]
  /** By which the resident set grows for one of these. */
  bytesPerChain: number
  /** Of the first transfer on each. */
  sendMs: number[]
  /** Of one. */
  closeMs: number
}

export const bench: Bench = {
  name: 'chains',
  summary: 'chains inside a process: import, first and further ones, memory, next to the start of anvil',
  options: { chains: { type: 'string', help: `chains in one process (default ${CHAINS})` } },
  async run(context) {
    const { tiny, repeats, options } = context
    const count = tiny ? 3 : Number(options.chains ?? CHAINS)
    const entry = tiny ? 'src/node/index.ts' : `${builtPackage()}/index.js`
    report(
      context,
      Array.from({ length: repeats }, () => runChild(entry, count)),
    )
    if (!tiny && anvilInstalled()) await measureAnvil(context)
  },
}

function runChild(entry: string, count: number): ChainsRun {
  const [transfer] = signedTransfers(0, 1) as [string]
  const args = [CHILD, pathToFileURL(join(root, entry)).href, String(count), transfer]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as ChainsRun
}

function report(context: BenchContext, runs: readonly ChainsRun[]): void {
  const figure = (name: string, metric: string, value: number, unit = 'ms') =>
    context.report({ case: name, metric, value, unit })
  const medianOf = (key: 'importMs' | 'firstMs' | 'bytesPerChain' | 'closeMs') =>
    median(runs.map((run) => run[key]))
  figure('import', 'median', medianOf('importMs'))
  figure('first chain', 'median', medianOf('firstMs'))
  const further = runs.flatMap(({ furtherMs }) => furtherMs)
  figure('further chain', 'p50', percentileOf(further, 50))
  figure('further chain', 'p99', percentileOf(further, 99))
  figure('memory of a further chain', 'median', Math.max(0, medianOf('bytesPerChain')) / MIB, 'MiB')
  const sends = runs.flatMap(({ sendMs }) => sendMs)
  figure('transfer with its receipt', 'p50', percentileOf(sends, 50))
  figure('transfer with its receipt', 'p99', percentileOf(sends, 99))
  figure('close', 'median', medianOf('closeMs'))
}

async function measureAnvil({ repeats, report: add }: BenchContext): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < repeats; i++) {
    const chain = await startChain({ target: 'anvil' })
    times.push(chain.startMs)
    await chain.stop()
  }
  add({
    case: 'from start to first answer',
    metric: 'median',
    value: median(times),
    unit: 'ms',
    engine: 'anvil',
  })
}
