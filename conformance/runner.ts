/** Hands the files of the packs to worker threads and collects what they report. */
import { Worker } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import type { Options } from './options.ts'
import { type Pack, readPack } from './packs.ts'
import type { Report } from './report.ts'
import type { ArchiveFile } from './tar.ts'
import type { Job, TestName, WorkerMessage, WorkerSettings } from './worker.ts'

/** A test that takes longer has hung; its worker is ended and the test counts as failed. */
const TEST_LIMIT_MS = 120_000
/** In a quick run: one file in this many of each folder, and always the first; of the costly suites fewer. */
const QUICK_FILE_STRIDE = 4

/** Runs all packs, one after another: only one is in memory at a time. */
export async function runPacks(options: Options, report: Report): Promise<void> {
  const settings: WorkerSettings = {
    filter: options.filter?.source,
    kinds: options.suites,
    quick: options.quick,
    list: options.list,
  }
  const lanes = Array.from({ length: options.jobs }, () => new Lane(settings, report))
  try {
    for (const pack of options.packs) {
      const jobs = jobsOf(pack, options)
      await Promise.all(lanes.map((lane) => lane.runAll(jobs)))
    }
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()))
  }
}

/** The pack's files, biggest first, so that no thread is left alone with a big one at the end. */
function jobsOf(pack: Pack, options: Options): Job[] {
  const suiteSelected = options.suites.length === 0 || options.suites.includes(pack.suite)
  const files = options.quick ? sample(readPack(pack)) : readPack(pack)
  return files
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
  #run(job: Job): Promise<Job | undefined> {
    const worker =
      this.#worker ?? new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#settings })
    this.#worker = worker
    let current: { index: number; test: TestName } | undefined
    return new Promise((resolve) => {
      let watchdog = setTimeout(onHang, TEST_LIMIT_MS)
      const finish = (rest: Job | undefined): void => {
        clearTimeout(watchdog)
        worker.removeAllListeners()
        resolve(rest)
      }
      const onLoss = (why: string): void => {
        this.#worker = undefined
        const test = current?.test ?? {
          suite: job.suite,
          path: job.path,
          name: 'reading the file',
          kind: 'rpc',
          fork: '-',
        }
        this.#report.add(
          test,
          { outcome: 'failed', cause: why, expected: 'an answer', received: why },
          TEST_LIMIT_MS,
        )
        finish(current === undefined ? undefined : { ...job, from: current.index + 1 })
      }
      function onHang(): void {
        void worker.terminate()
        onLoss(`no answer within ${TEST_LIMIT_MS / 1000} s`)
      }
      worker.on('error', (error: Error) => onLoss(`the worker died: ${error.message}`))
      worker.on('exit', (code) => onLoss(`the worker ended with code ${code}`))
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'done') return finish(undefined)
        if (message.type === 'finished') return this.#report.add(message.test, message.verdict, message.ms)
        current = message
        clearTimeout(watchdog)
        watchdog = setTimeout(onHang, TEST_LIMIT_MS)
      })
      worker.postMessage(job)
    })
  }
}
