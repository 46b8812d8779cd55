import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * Cells of the shared control block: number of the round, bytes of its records, threads that are done with it, and from
 * the last one on the processor time that each thread took for it, in µs.
 */
export const ROUND = 0
export const ROUND_BYTES = 1
export const ROUND_DONE = 2
export const THREAD_TIME = 3
export const ROUND_STOP = -1

/** A thread that takes longer for a round has failed: its error can't reach a main thread that waits. */
const ROUND_LIMIT_MS = 60_000

export type TrieWorkerData = {
  control: SharedArrayBuffer
  records: SharedArrayBuffer
  thread: number
  nibbles: number
  memoryMiB: number
}

/** A trie of accounts over several threads, each with a shard. All get the same records and pass over the others'. */
export class TrieThreads {
  readonly #workers: Worker[]
  readonly #cells: Int32Array
  /** Where records are put before a round. */
  readonly records: Uint8Array

  constructor(threads: number, { memoryMiB, mostBytes }: { memoryMiB: number; mostBytes: number }) {
    const control = new SharedArrayBuffer(4 * (THREAD_TIME + threads))
    const records = new SharedArrayBuffer(mostBytes)
    this.#cells = new Int32Array(control)
    this.records = new Uint8Array(records)
    const count = 16 / threads
    this.#workers = Array.from({ length: threads }, (_, thread) => {
      const nibbles = ((1 << count) - 1) << (thread * count)
      const data: TrieWorkerData = { control, records, thread, nibbles, memoryMiB }
      return new Worker(new URL('./trieWorker.ts', import.meta.url), { workerData: data })
    })
  }

  /**
   * Applies and hashes the first `bytes` of the records on all threads, and waits for them.
   *
   * @returns the longest processor time of a thread, in ms: what the round takes when nobody else needs the processor.
   */
  round(bytes: number): number {
    Atomics.store(this.#cells, ROUND_DONE, 0)
    this.#start(bytes)
    for (let done = 0; done < this.#workers.length; done = Atomics.load(this.#cells, ROUND_DONE)) {
      const outcome = Atomics.wait(this.#cells, ROUND_DONE, done, ROUND_LIMIT_MS)
      if (outcome === 'timed-out') throw new TrieThreadsError(done, this.#workers.length)
    }
    return Math.max(...this.#cells.subarray(THREAD_TIME)) / 1000
  }

  async close(): Promise<void> {
    const exits = this.#workers.map((worker) => once(worker, 'exit'))
    this.#start(ROUND_STOP)
    await Promise.all(exits)
  }

  #start(bytes: number): void {
    Atomics.store(this.#cells, ROUND_BYTES, bytes)
    Atomics.add(this.#cells, ROUND, 1)
    Atomics.notify(this.#cells, ROUND)
  }
}

/** A thread did not finish a round. */
class TrieThreadsError extends Error {
  override name = 'TrieThreadsError'
  constructor(done: number, count: number) {
    super(
      `Threads of the trie did not finish a round.\n  finished: ${done} of ${count}   within: ${ROUND_LIMIT_MS / 1000} s\n  next: run bench/lib/trieWorker.ts with fewer changes a round.`,
    )
  }
}
