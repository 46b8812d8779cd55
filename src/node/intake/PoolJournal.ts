import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { PooledTransaction } from '../../sequencer/index.ts'
import { decodeTransactions, encodeTransactions } from './transactionCodec.ts'

/** The journal is rewritten with what still waits once it has grown beyond this. */
const REWRITE_BYTES = 4 * 1024 * 1024
const HEADER_BYTES = 8

/**
 * Keeps the transactions that wait in the pool across restarts: they have been acknowledged. Append-only; what has
 * left the pool since is told by the state (its nonce is used) when the journal is read.
 *
 * Entry: u32 length · u32 CRC-32 of the bytes · bytes (transactionCodec.ts), little-endian. What is torn at the
 * end was never acknowledged and is left out; so is what stands behind damage, which can't be told from a torn end.
 */
export class PoolJournal {
  readonly #path: string
  #file = -1
  #bytes = 0
  /** Grows with what waits, so that a full pool isn't rewritten at every addition. */
  #rewriteAt = REWRITE_BYTES

  private constructor(path: string) {
    this.#path = path
  }

  /** What the journal at `path` holds, in order of arrival; nothing when there is none. */
  static read(path: string): JournalContent {
    if (!existsSync(path)) return { transactions: [], unreadBytes: 0 }
    // Not a Buffer, whose slices would keep the whole file in memory.
    const bytes = new Uint8Array(readFileSync(path))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const transactions: PooledTransaction[] = []
    let offset = 0
    while (offset + HEADER_BYTES <= bytes.length) {
      const length = view.getUint32(offset, true)
      const entry = bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length)
      if (entry.length < length || crc32(entry) !== view.getUint32(offset + 4, true)) break
      const decoded = decodeEntry(entry)
      if (decoded === undefined) break
      transactions.push(...decoded)
      offset += HEADER_BYTES + length
    }
    return { transactions, unreadBytes: bytes.length - offset }
  }

  /** Starts the journal at `path` anew. @throws JournalWriteError */
  static create(path: string, waiting: Iterable<PooledTransaction>): PoolJournal {
    const journal = new PoolJournal(path)
    journal.rewrite(waiting)
    return journal
  }

  /**
   * Written (not synced) on return. `waiting` gives all that waits, for when the journal has to be rewritten.
   *
   * @throws JournalWriteError
   */
  append(transactions: PooledTransaction[], waiting: () => Iterable<PooledTransaction>): void {
    if (this.#bytes > this.#rewriteAt) {
      this.rewrite(waiting())
      this.#rewriteAt = Math.max(REWRITE_BYTES, this.#bytes * 2)
    }
    const entries = frame(transactions)
    this.#try('be written', () => writeAll(this.#file, entries))
    this.#bytes += entries.length
  }

  /** Forgets all but `waiting`. The log must have what has left the pool. @throws JournalWriteError */
  rewrite(waiting: Iterable<PooledTransaction>): void {
    const entries = frame([...waiting])
    const temporary = `${this.#path}.new`
    const file = this.#try('be begun anew', () => {
      const opened = openSync(temporary, 'w')
      writeAll(opened, entries)
      renameSync(temporary, this.#path)
      return opened
    })
    this.close()
    this.#file = file
    this.#bytes = entries.length
  }

  close(): void {
    if (this.#file !== -1) closeSync(this.#file)
    this.#file = -1
  }

  #try<T>(what: string, work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw new JournalWriteError(this.#path, what, error as Error)
    }
  }
}

/** `unreadBytes`: at the end, torn by a crash or damaged; 0 if the journal is whole. */
export type JournalContent = { transactions: PooledTransaction[]; unreadBytes: number }

/** Undefined if the bytes are none that a journal of this format has, whatever their checksum says. */
function decodeEntry(entry: Uint8Array): PooledTransaction[] | undefined {
  try {
    return decodeTransactions(entry)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function frame(transactions: PooledTransaction[]): Buffer {
  const parts: Uint8Array[] = []
  for (const transaction of transactions) {
    const entry = encodeTransactions([transaction])
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeUInt32LE(entry.length, 0)
    header.writeUInt32LE(crc32(entry), 4)
    parts.push(header, entry)
  }
  return Buffer.concat(parts)
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}

/** The disk refused to keep a waiting transaction, which must not be acknowledged then. */
export class JournalWriteError extends Error {
  override readonly name = 'JournalWriteError'
  readonly recovery = 'stop'

  constructor(path: string, what: string, cause: Error) {
    super(
      `The journal of the pool can't ${what}: ${cause.message}.\n  file: ${path}\n` +
        '  next: make room on the disk or replace it, then start again.',
      { cause },
    )
  }
}
