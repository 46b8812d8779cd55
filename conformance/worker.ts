/** A worker thread: runs the tests of one file at a time on its own engine, and reports each. */
import { parentPort, workerData } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { loadFastCurves } from '../src/evm/index.ts'
import { Engine } from '../src/execution/index.ts'
import { casesOf } from './classify.ts'
import type { Tier } from './options.ts'
import { SpeculatedEngine } from './SpeculatedEngine.ts'
import type { Kind, TestCase, Verdict } from './testCase.ts'
import { TierCounter, type TierCounts } from './tierCounts.ts'

/** What every worker gets when it starts. */
export type WorkerSettings = {
  filter: string | undefined
  kinds: string[]
  quick: boolean
  list: boolean
  tier: Tier
  hot: boolean
  cold: boolean
  threads: 1 | 2
}

/** One file to run. */
export type Job = {
  suite: string
  path: string
  bytes: Uint8Array
  /** Tests before this index are done: a worker that died took the file with it. */
  from: number
  /** The suite was asked for by name; otherwise the kind decides. */
  suiteSelected: boolean
}

export type WorkerMessage =
  | { type: 'started'; index: number; test: TestName }
  | { type: 'finished'; test: TestName; verdict: Verdict; ms: number }
  /** `counts`: what came since the last one. */
  | { type: 'done'; counts: TierCounts }

export type TestName = { suite: string; path: string; name: string; kind: Kind; fork: string }

/** In a quick run: one test in this many of each file, and always the first. */
const QUICK_STRIDE = 4
/** In a quick run: of worst-case blocks only the smallest; the others say the same at up to 150 times the cost. */
const COSTLY = /benchmark-gas-value_(?!1M)/

/** With --hot, tests of these kinds run twice. */
const EXECUTING: ReadonlySet<Kind> = new Set(['state', 'blockchain'])

const settings = workerData as WorkerSettings
const filter = settings.filter === undefined ? undefined : new RegExp(settings.filter)
/** One test runs 1,024 frames with 1 MB each; no chain's gas limit allows that since Osaka. */
const ENGINE_OPTIONS = {
  ...{ memoryMiB: 3072, evmMemoryMiB: 1536, evm: settings.tier },
  ...(settings.cold ? { coldMemoryMiB: 64, keptSlots: 0 } : {}),
}
let engine = openEngine()
const counter = new TierCounter(engine)

// Nodes run on these curves; the slow ones are compared with them in src/evm.
await loadFastCurves()

parentPort?.on('message', (job: Job) => {
  runFile(job)
  send({ type: 'done', counts: counter.take() })
})

function openEngine(): Engine {
  return settings.threads === 2 ? new SpeculatedEngine(ENGINE_OPTIONS) : new Engine(ENGINE_OPTIONS)
}

function runFile(job: Job): void {
  let index = 0
  try {
    for (const test of casesOf(job.path, job.bytes)) {
      if (index++ < job.from || !isSelected(job, test, index - 1)) continue
      const name = { suite: job.suite, path: job.path, name: test.name, kind: test.kind, fork: test.fork }
      send({ type: 'started', index: index - 1, test: name })
      const start = performance.now()
      const verdict = settings.list ? listed() : runTest(test)
      send({ type: 'finished', test: name, verdict, ms: performance.now() - start })
    }
  } catch (error) {
    const name = {
      suite: job.suite,
      path: job.path,
      name: 'reading the file',
      kind: 'rpc',
      fork: '-',
    } as const
    send({ type: 'finished', test: name, verdict: thrown(error), ms: 0 })
  }
}

function isSelected(job: Job, test: TestCase, index: number): boolean {
  if (settings.kinds.length > 0 && !job.suiteSelected && !settings.kinds.includes(test.kind)) return false
  if (settings.quick) {
    if (COSTLY.test(test.name)) return false
    if (index % QUICK_STRIDE !== 0 && crc32(test.name) % QUICK_STRIDE !== 0) return false
  }
  return filter === undefined || filter.test(`${job.path}::${test.name}`)
}

function runTest(test: TestCase): Verdict {
  try {
    const verdict = runOnce(test)
    const isAgain = settings.hot && verdict.outcome === 'passed' && EXECUTING.has(test.kind)
    return isAgain ? runHot(test) : verdict
  } catch (error) {
    engine = openEngine() // whatever state the failure left behind is gone with it
    counter.follow(engine)
    return thrown(error)
  } finally {
    counter.count()
  }
}

function runOnce(test: TestCase): Verdict {
  engine.reset()
  return test.run({ engine })
}

/** The engine keeps what it has compiled when it is reset. */
function runHot(test: TestCase): Verdict {
  const verdict = runOnce(test)
  return verdict.outcome === 'failed' ? { ...verdict, cause: `the second time: ${verdict.cause}` } : verdict
}

function listed(): Verdict {
  return { outcome: 'skipped', reason: 'listed only' }
}

function thrown(error: unknown): Verdict {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const place =
    stack
      ?.split('\n')
      .slice(1, 4)
      .map((line) => line.trim())
      .join(' ← ') ?? ''
  return {
    outcome: 'failed',
    cause: `threw ${name}: ${message.split('\n')[0]?.replaceAll(/0x[0-9a-f]+|\d+/g, '…')}`,
    expected: 'no exception',
    received: `${message} ${place}`,
  }
}

function send(message: WorkerMessage): void {
  parentPort?.postMessage(message)
}
