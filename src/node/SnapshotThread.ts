import { statSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import type { SealedPlace } from '../protocol/index.ts'
import { listSnapshots } from '../state/index.ts'
import type { Tell } from './events/index.ts'
import type { SnapshotToMain, SnapshotWorkerData } from './messages.ts'
import { setAside } from './startPoint.ts'
import { startThread } from './startThread.ts'

export type SnapshotThreadOptions = {
  /** Folders. */
  snapshots: string
  log: string
  /** A snapshot is due when the log has grown by so much, or by the size of the last snapshot if that is more. */
  everyBytes: number
  /** Bytes of the log behind the newest snapshot. */
  behindBytes: number
  keepLog: boolean
  tell: Tell
  /** Resolves to the newest block that is durable in the history. */
  flushHistory: () => Promise<SealedPlace>
}

export type SnapshotStats = {
  made: number
  failed: number
  lastMs: number | undefined
  behindBytes: number
  newest: { blockNumber: bigint; timeMs: number } | undefined
}

/**
 * Decides when a snapshot is due, and has it made on a thread of its own that lives as long as the work. Only what is
 * durable in the log is taken, so that no snapshot is ever ahead of the log.
 */
export class SnapshotThread {
  readonly #options: SnapshotThreadOptions
  #made = 0
  #failed = 0
  /** How long the last one took. */
  #lastMs: number | undefined
  #behindBytes: number
  #worker: Worker | undefined
  #isBusy = false
  #isClosed = false

  constructor(options: SnapshotThreadOptions) {
    this.#options = options
    this.#behindBytes = options.behindBytes
  }

  /** The log has grown. */
  wrote(bytes: number): void {
    this.#behindBytes += bytes
  }

  /** The log is durable up to this sealed block. */
  durable(place: SealedPlace): void {
    if (this.#isBusy || this.#isClosed || !this.#isDue()) return
    this.#isBusy = true
    this.#behindBytes = 0
    this.#take(place)
      .catch((error: unknown) => {
        // The next one is made from the snapshot before.
        const remarks: string[] = []
        setAside(error, remarks)
        this.#failed++
        this.#options.tell('snapshot_failed', { reason: String(error), remark: remarks[0] })
      })
      .finally(() => {
        this.#isBusy = false
      })
  }

  /** Since the start; `newest` is the newest on the disk, `behindBytes` the log that a start would replay. */
  get stats(): SnapshotStats {
    const [newest] = listSnapshots(this.#options.snapshots)
    return {
      ...{ made: this.#made, failed: this.#failed, lastMs: this.#lastMs, behindBytes: this.#behindBytes },
      newest: newest && { blockNumber: newest.blockNumber, timeMs: statSync(newest.path).mtimeMs },
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    // What it has not finished is deleted at the next start.
    await this.#worker?.terminate()
  }

  #isDue(): boolean {
    // The folder is read only when it may matter: this is asked with every sync of the log.
    if (this.#behindBytes < this.#options.everyBytes) return false
    const [newest] = listSnapshots(this.#options.snapshots)
    return newest === undefined || this.#behindBytes >= statSync(newest.path).size
  }

  async #take(place: SealedPlace): Promise<void> {
    const { snapshots, log, keepLog, flushHistory, tell } = this.#options
    const historyHead = await flushHistory()
    if (this.#isClosed) return
    const made = await new Promise<SnapshotToMain | undefined>((resolve, reject) => {
      const upTo = { branch: place.branch, blockNumber: place.blockNumber }
      const data = { snapshots, log, upTo, keepLog, historyHead } satisfies SnapshotWorkerData
      this.#worker = startThread('snapshotWorker', data, [])
      this.#worker.once('message', resolve)
      this.#worker.once('error', reject)
      this.#worker.once('exit', () => resolve(undefined))
    })
    this.#worker = undefined
    if (made === undefined) return
    const { blockNumber, elapsedMs, snapshotCount, segmentCount } = made
    this.#lastMs = elapsedMs
    if (blockNumber !== undefined) {
      this.#made++
      tell('snapshot_made', { block: blockNumber, elapsedMs: Math.round(elapsedMs) })
    }
    if (snapshotCount + segmentCount > 0) tell('pruned', { snapshotCount, segmentCount })
  }
}
