import { closeSync, fdatasync, openSync } from 'node:fs'
import { type LogPosition, segmentPath } from '../feed/index.ts'

/** A sync begins at most so often: each costs the disk a flush, however little was written. */
const SYNC_INTERVAL_MS = 10

/**
 * Makes the log durable beside the thread that writes it. One sync covers all that was written before it began; the
 * writer itself syncs a segment that it has finished, so only the newest one is synced here.
 */
export class LogSyncer<Mark> {
  readonly #folder: string
  readonly #onDurable: (mark: Mark) => void
  #file: { segment: number; descriptor: number } | undefined
  #wanted: { position: LogPosition; mark: Mark } | undefined
  #isSyncing = false
  #onIdle: (() => void) | undefined

  /** @param onDurable - gets the mark of the newest write that a sync has covered. */
  constructor(folder: string, onDurable: (mark: Mark) => void) {
    this.#folder = folder
    this.#onDurable = onDurable
  }

  /** Something is written at `position` and shall be synced, with all before it. */
  wrote(position: LogPosition, mark: Mark): void {
    this.#wanted = { position, mark }
    if (!this.#isSyncing) this.#sync()
  }

  /** Resolves once nothing is left to sync. */
  async close(): Promise<void> {
    if (this.#isSyncing) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    if (this.#file !== undefined) closeSync(this.#file.descriptor)
    this.#file = undefined
  }

  #sync(): void {
    const wanted = this.#wanted
    if (wanted === undefined) {
      this.#isSyncing = false
      this.#onIdle?.()
      return
    }
    this.#wanted = undefined
    this.#isSyncing = true
    fdatasync(this.#descriptorOf(wanted.position.segment), (error) => {
      // An uncaught error ends this thread, and with it the node: after a failed sync nobody knows what the disk has.
      if (error !== null) throw new LogSyncError(segmentPath(this.#folder, wanted.position.segment), error)
      this.#onDurable(wanted.mark)
      setTimeout(() => this.#sync(), SYNC_INTERVAL_MS)
    })
  }

  #descriptorOf(segment: number): number {
    if (this.#file?.segment !== segment) {
      if (this.#file !== undefined) closeSync(this.#file.descriptor)
      this.#file = { segment, descriptor: openSync(segmentPath(this.#folder, segment), 'r+') }
    }
    return this.#file.descriptor
  }
}

/** The disk refused to make the log durable. */
export class LogSyncError extends Error {
  override readonly name = 'LogSyncError'
  readonly recovery = 'stop'

  constructor(path: string, cause: Error) {
    super(
      `The log can't be synced: ${cause.message}.\n  file: ${path}\n  next: check the disk, then start again.`,
      { cause },
    )
  }
}
