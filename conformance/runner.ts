/** Hands the files of the packs to worker threads and collects what they report. */
import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import type { Options } from './options.ts'
import { type Pack, readPack } from './packs.ts'
import type { Report } from './report.ts'
import { isRecordedChain, runRecordedExchanges } from './rpc/runRecordedExchanges.ts'
import type { ArchiveFile } from './tar.ts'
import type { Verdict } from './testCase.ts'
import type { Job, TestName, WorkerMessage, WorkerSettings } from './worker.ts'

/** A test that takes longer has hung; its worker is ended and the test counts as failed. */
const TEST_LIMIT_MS = 300_000
/** In a quick run: one file in this many of each folder, and always the first. */
const QUICK_FILE_STRIDE = 3

/** Runs all packs, one after another: only one is in memory at a time. */
export async function runPacks(options: Options, report: Report): Promise<void> {
  const settings: WorkerSettings = {
    filter: options.filter?.source,
    kinds: options.suites,
    quick: options.quick,
    list: options.list,
    tier: options.tier,
    hot: options.hot,
    cold: options.cold,
    threads: options.threads,
  }
  const lanes = Array.from({ length: options.jobs }, () => new Lane(settings, report))
  try {
    for (const pack of options.packs) {
      const files = readPack(pack)
      if (isRecordedChain(files)) {
        await runExchanges(pack, { files, options, report })
        continue
      }
      const jobs = jobsOf(pack, files, options)
      await Promise.all(lanes.map((lane) => lane.runAll(jobs)))
    }
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()))
  }
}

/** Runs recorded exchanges: in order, against one server, on this thread. */
async function runExchanges(
  { suite }: Pack,
  { files, options, report }: { files: ArchiveFile[]; options: Options; report: Report },
): Promise<void> {
  const isAsked =
    options.suites.length === 0 || options.suites.some((name) => name === suite || name === 'rpc')
  if (!isAsked) return
  const tests = files.filter(
    ({ path }) => path.endsWith('.io') && (options.filter === undefined || options.filter.test(`${path}::`)),
  )
  const tell = (path: string, verdict: Verdict, ms: number): void => {
    report.add({ suite, path, name: basename(path), kind: 'rpc', fork: '-' }, verdict, ms)
  }
  if (options.list) for (const { path } of tests) tell(path, { outcome: 'skipped', reason: 'listed only' }, 0)
  else await runRecordedExchanges(files, { tests, onVerdict: tell })
}

/** The pack's files, biggest first, so that no thread is left alone with a big one at the end. */
function jobsOf(pack: Pack, files: ArchiveFile[], options: Options): Job[] {
  const suiteSelected = options.suites.length === 0 || options.suites.includes(pack.suite)
  return (options.quick ? sample(files) : files)
    .map(({ path, bytes }) => ({ suite: pack.suite, path, bytes, from: 0, suiteSelected }))
    .sort((a, b) => a.bytes.length - b.bytes.length) // taken from the end
}

/** A part of every folder that is the same every time. */
function sample(files: ArchiveFile[]): ArchiveFile[] {
  const folders = new Set<string>()
  return files.filter(({ path }) => {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const first = !folders.has(folder)
    folders.add(folder)
    return first || crc32(path) % QUICK_FILE_STRIDE === 0
  })
}

/** One worker thread and, if it dies or hangs, the ones after it. */
class Lane {
  readonly #settings: WorkerSettings
  readonly #report: Report
  #worker: Worker | undefined

  constructor(settings: WorkerSettings, report: Report) {
    this.#settings = settings
    this.#report = report
  }

  async runAll(jobs: Job[]): Promise<void> {
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      let rest: Job | undefined = job
      while (rest !== undefined) rest = await this.#run(rest)
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  /** Runs one file. Returns what is left of it when the worker died or hung. */
  async #run(job: Job): Promise<Job | undefined> {
    const worker = this.#worker ?? this.#start()
    const conversation = new Conversation(worker, this.#report)
    const loss = await conversation.run(job)
    if (loss === undefined) return undefined
    this.#worker = undefined
    void worker.terminate()
    const { current } = conversation
    const unread: TestName = {
      suite: job.suite,
      path: job.path,
      name: 'reading the file',
      kind: 'rpc',
      fork: '-',
    }
    const verdict = { outcome: 'failed', cause: loss, expected: 'an answer', received: loss } as const
    this.#report.add(current?.test ?? unread, verdict, 0)
    return current === undefined ? undefined : { ...job, from: current.index + 1 }
  }

  #start(): Worker {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#settings })
    // A worker that dies before or after a file is reported by the conversation about the next one.
    this.#worker.on('error', () => {})
    return this.#worker
  }
}

/** What is said between here and a worker about one file. */
class Conversation {
  /** The test that runs, or ran when the worker was lost. */
  current: { index: number; test: TestName } | undefined
  readonly #worker: Worker
  readonly #report: Report

  constructor(worker: Worker, report: Report) {
    this.#worker = worker
    this.#report = report
  }

  /** Resolves with undefined when the file is done, else with why the worker was lost. */
  run(job: Job): Promise<string | undefined> {
    const worker = this.#worker
    return new Promise((resolve) => {
      const finish = (loss: string | undefined): void => {
        clearTimeout(watchdog)
        worker.off('message', onMessage)
        worker.off('error', onError)
        worker.off('exit', onExit)
        resolve(loss)
      }
      const onHang = (): void => finish(`no answer within ${TEST_LIMIT_MS / 1000} s`)
      const onError = (error: Error): void => finish(`the worker died: ${error.message}`)
      const onExit = (code: number): void => finish(`the worker ended with code ${code}`)
      const onMessage = (message: WorkerMessage): void => {
        watchdog.refresh()
        if (message.type === 'done') {
          this.#report.addCounts(message.counts)
          finish(undefined)
        } else if (message.type === 'finished') this.#report.add(message.test, message.verdict, message.ms)
        else this.current = message
      }
      const watchdog = setTimeout(onHang, TEST_LIMIT_MS)
      worker.on('message', onMessage)
      worker.on('error', onError)
      worker.on('exit', onExit)
      // A copy of its own, handed over: a view would take the whole pack's memory along.
      const bytes = new Uint8Array(job.bytes) // Buffer.slice() would be a view again
      worker.postMessage({ ...job, bytes }, [bytes.buffer])
    })
  }
}
