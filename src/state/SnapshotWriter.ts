import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync, writevSync } from 'node:fs'
import { dirname } from 'node:path'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, splitStateDiff } from '../protocol/index.ts'
import type { SnapshotPiece } from './SnapshotReader.ts'
import {
  encodeFileHead,
  encodeFrameHead,
  encodeSnapshotEnd,
  encodeSnapshotHead,
  FRAME_KIND,
  type FrameKind,
  type SnapshotCounts,
  type SnapshotHead,
} from './snapshotFormat.ts'

/**
 * Writes one snapshot file. It has its name only once it is whole and on the disk; a crash before leaves a file that
 * `prepareSnapshotFolder` deletes. Every method but `abort` throws SnapshotWriteError when the disk refuses, after which
 * only `abort` is left.
 */
export class SnapshotWriter {
  readonly #path: string
  readonly #file: number
  readonly #counts: SnapshotCounts = { accounts: 0, slots: 0, codes: 0 }
  #writtenBytes = 0
  #isOpen = true

  constructor(path: string, head: SnapshotHead) {
    this.#path = path
    this.#file = this.#try('create the file', () => openSync(`${path}.new`, 'w'))
    try {
      this.#put([encodeFileHead()])
      this.#frame(FRAME_KIND.head, encodeSnapshotHead(head))
    } catch (error) {
      this.abort()
      throw error
    }
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** The next piece, in the format's order. */
  write({ kind, diff }: SnapshotPiece): void {
    const { accounts, slots, codes } = splitStateDiff(diff)
    this.#counts.accounts += accounts.length / DIFF_ACCOUNT_BYTES
    this.#counts.slots += slots.length / DIFF_SLOT_BYTES
    this.#counts.codes += codes.length
    this.#frame(FRAME_KIND[kind], diff)
  }

  /** Makes the snapshot whole, durable and visible. Returns what it holds. */
  finish(): SnapshotCounts {
    this.#frame(FRAME_KIND.end, encodeSnapshotEnd(this.#counts))
    this.#try('make the file durable', () => {
      fdatasyncSync(this.#file)
      this.#close()
      renameSync(`${this.#path}.new`, this.#path)
      syncFolder(dirname(this.#path))
    })
    return this.#counts
  }

  /** Leaves nothing behind. */
  abort(): void {
    this.#close()
    rmSync(`${this.#path}.new`, { force: true })
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#file)
    this.#isOpen = false
  }

  #frame(kind: FrameKind, payload: Uint8Array): void {
    this.#put([encodeFrameHead(kind, payload), payload])
  }

  #put(parts: Uint8Array[]): void {
    let left = parts
    this.#try('write', () => {
      while (left.length > 0) {
        const written = writevSync(this.#file, left)
        this.#writtenBytes += written
        left = behind(left, written)
      }
    })
  }

  #try<T>(what: string, work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw new SnapshotWriteError(this.#path, what, error)
    }
  }
}

/** What is left of byte strings after the first `count` bytes. */
function behind(parts: Uint8Array[], count: number): Uint8Array[] {
  let skip = count
  const left: Uint8Array[] = []
  for (const part of parts) {
    if (skip < part.length) left.push(part.subarray(skip))
    skip = Math.max(0, skip - part.length)
  }
  return left
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** The disk refused a part of a snapshot. The state and the log are as they were. */
export class SnapshotWriteError extends Error {
  override readonly name = 'SnapshotWriteError'
  readonly recovery = 'retry'

  constructor(path: string, what: string, cause: unknown) {
    super(
      `The snapshot can't ${what}: ${cause instanceof Error ? cause.message : String(cause)}.\n` +
        `  file: ${path}\n  next: make room on the disk; until then starting takes longer, and nothing is lost.`,
      { cause },
    )
  }
}
