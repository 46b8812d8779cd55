import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { PooledTransaction } from '../sequencer/index.ts'
import { decodeTransactions, encodeTransactions } from './transactionCodec.ts'

/** The journal is rewritten with what still waits once it has grown beyond this. */
const REWRITE_BYTES = 4 * 1024 * 1024
const HEADER_BYTES = 8

/**
 * Keeps the transactions that wait in the pool across restarts: they have been acknowledged. Append-only; what has
 * left the pool since is told by the state (its nonce is used) when the journal is read.
 *
 * Entry: u32 length · u32 CRC-32 of the bytes · bytes (see transactionCodec.ts), little-endian. What is torn at the
 * end was never acknowledged and is left out.
 */
export class PoolJournal {
  readonly #path: string
  #file: number
  #bytes: number
  /** Grows with what waits, so that a full pool isn't rewritten at every addition. */
  #rewriteAt = REWRITE_BYTES

  private constructor(path: string, waiting: Iterable<PooledTransaction>) {
    this.#path = path
    const { file, bytes } = rewrite(path, waiting)
    this.#file = file
    this.#bytes = bytes
  }

  /** What the journal at `path` holds, in order of arrival; nothing when there is none. */
  static read(path: string): PooledTransaction[] {
    if (!existsSync(path)) return []
    // Not a Buffer, whose slices would keep the whole file in memory.
    const bytes = new Uint8Array(readFileSync(path))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const transactions: PooledTransaction[] = []
    let offset = 0
    while (offset + HEADER_BYTES <= bytes.length) {
      const length = view.getUint32(offset, true)
      const entry = bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length)
      if (entry.length < length || crc32(entry) !== view.getUint32(offset + 4, true)) break
      transactions.push(...decodeTransactions(entry))
      offset += HEADER_BYTES + length
    }
    return transactions
  }

  /** Starts the journal at `path` anew with what waits now. */
  static create(path: string, waiting: Iterable<PooledTransaction>): PoolJournal {
    return new PoolJournal(path, waiting)
  }

  /** Written (not synced) on return. `waiting` gives all that waits, for when the journal has to be rewritten. */
  append(transactions: PooledTransaction[], waiting: () => Iterable<PooledTransaction>): void {
    if (this.#bytes > this.#rewriteAt) {
      closeSync(this.#file)
      const { file, bytes } = rewrite(this.#path, waiting())
      this.#file = file
      this.#bytes = bytes
      this.#rewriteAt = Math.max(REWRITE_BYTES, bytes * 2)
    }
    const entries = frame(transactions)
    writeAll(this.#file, entries)
    this.#bytes += entries.length
  }

  close(): void {
    closeSync(this.#file)
  }
}

function rewrite(path: string, waiting: Iterable<PooledTransaction>): { file: number; bytes: number } {
  const entries = frame([...waiting])
  const temporary = `${path}.new`
  const file = openSync(temporary, 'w')
  writeAll(file, entries)
  renameSync(temporary, path)
  return { file, bytes: entries.length }
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
