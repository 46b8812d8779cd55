import { assert, concatBytes, copyInto, copyOf } from '../lib/index.ts'
import { mergeBloom } from './bloom.ts'
import { receiptBloom } from './receiptFields.ts'
import { rlpItemLength } from './rlp.ts'

export type ExecutedTransaction = {
  /** 20 bytes. */
  sender: Uint8Array
  /** keccak256 of `raw`. */
  hash: Uint8Array
  /** EIP-2718 envelope as received. */
  raw: Uint8Array
  /** EIP-2718 consensus receipt: type byte ‖ rlp([status, cumulativeGasUsed, bloom, logs]). */
  receipt: Uint8Array
}

/** What stands before `raw`: sender 20 · hash 32 · u32 length. */
const HEAD_BYTES = 56
const HASH_AT = 20
/** With its receipt's length. */
const LEAST_BYTES = 60
const FIRST_SLOTS = 256
/** So that nobody can prepare hashes that meet in {@link ExecutedTransactions.indexOf}'s table. */
const SALT = Math.trunc(Math.random() * 2 ** 32)
const FACTOR = Math.trunc(Math.random() * 2 ** 32) | 1

/** Consecutive transactions in one piece of memory. */
type Piece = {
  bytes: Uint8Array
  /** Where each begins in `bytes`, and at the end where the last one ends. */
  starts: Uint32Array
  /** Index of the first. */
  first: number
}

/**
 * Executed transactions that follow one another, kept as bytes: tens of thousands a second pass through the node, and few
 * of them are ever looked at. Objects are made of those that are asked for; they are views.
 *
 * Each transaction, one behind the other, with little-endian integers:
 *
 *     sender 20 · hash 32 · u32 length · raw · u32 length · receipt
 */
export class ExecutedTransactions implements Iterable<ExecutedTransaction> {
  readonly #pieces: Piece[] = []
  #length = 0
  #byteLength = 0
  /** Of {@link indexOf}: numbers of transactions plus one, 0 where none is; at most half are taken. */
  #slots: Uint32Array | undefined
  /** Transactions that are in the table. */
  #indexed = 0

  static of(transactions: Iterable<ExecutedTransaction>): ExecutedTransactions {
    const list = [...transactions]
    const bytes = concatBytes(...list.map(encodeTransaction))
    return ExecutedTransactions.read(bytes, list.length)!
  }

  /** The first `count` in `bytes`, as views; undefined if there are not so many. */
  static read(bytes: Uint8Array, count: number): ExecutedTransactions | undefined {
    // A count that can't be true must not reserve memory.
    if (count * LEAST_BYTES > bytes.length) return undefined
    const starts = new Uint32Array(count + 1)
    for (let i = 0; i < count; i++) {
      const end = endOf(bytes, starts[i]!)
      if (end === undefined) return undefined
      starts[i + 1] = end
    }
    return ExecutedTransactions.#ofPiece(bytes, starts)
  }

  /** Those in `bytes`, as views. `starts`: where each begins, and at the end where the last one ends. */
  static placed(bytes: Uint8Array, starts: Uint32Array): ExecutedTransactions {
    return ExecutedTransactions.#ofPiece(bytes, starts)
  }

  /** All that `bytes` hold, as views; undefined if they don't end with a transaction's end. */
  static readAll(bytes: Uint8Array): ExecutedTransactions | undefined {
    const starts = [0]
    for (let at: number | undefined = 0; at < bytes.length; starts.push(at)) {
      at = endOf(bytes, at)
      if (at === undefined) return undefined
    }
    return ExecutedTransactions.#ofPiece(bytes, Uint32Array.from(starts))
  }

  static #ofPiece(bytes: Uint8Array, starts: Uint32Array): ExecutedTransactions {
    const list = new ExecutedTransactions()
    list.#add({ bytes, starts, first: 0 })
    return list
  }

  get length(): number {
    return this.#length
  }

  /** Bytes of all of them. */
  get byteLength(): number {
    return this.#byteLength
  }

  /** Appends those of another list; the bytes are shared. */
  append(other: ExecutedTransactions): void {
    for (const { bytes, starts } of other.#pieces) this.#add({ bytes, starts, first: this.#length })
  }

  /** The transaction at an index, counted from the end if it is negative; undefined if there is none. */
  at(index: number): ExecutedTransaction | undefined {
    const i = index < 0 ? this.#length + index : index
    if (!(i >= 0 && i < this.#length)) return undefined
    const piece = this.#pieces[this.#pieceOf(i)]!
    return transactionAt(piece.bytes, piece.starts[i - piece.first]!)
  }

  *[Symbol.iterator](): Generator<ExecutedTransaction, void> {
    for (const { bytes, starts } of this.#pieces) {
      for (let i = 0; i + 1 < starts.length; i++) yield transactionAt(bytes, starts[i]!)
    }
  }

  /** Transactions `first` to `end` (exclusive). */
  slice(first: number, end: number): ExecutedTransactions {
    const list = new ExecutedTransactions()
    for (const { bytes, starts, first: offset } of this.#piecesIn(first, end)) {
      const from = Math.max(first - offset, 0)
      const to = Math.min(end - offset, starts.length - 1)
      list.#add({ bytes, starts: starts.subarray(from, to + 1), first: list.#length })
    }
    return list
  }

  /** Bytes of transactions `first` to `end` (exclusive). */
  byteLengthOf(first: number, end: number): number {
    let length = 0
    for (const { starts, first: offset } of this.#piecesIn(first, end))
      length += startOf(starts, end - offset) - startOf(starts, first - offset)
    return length
  }

  /** Copies these to `target` from `at` on; returns where they end. */
  copyRange(first: number, end: number, target: Uint8Array, at: number): number {
    let to = at
    for (const { bytes, starts, first: offset } of this.#piecesIn(first, end)) {
      const part = bytes.subarray(startOf(starts, first - offset), startOf(starts, end - offset))
      copyInto(target, to, part)
      to += part.length
    }
    return to
  }

  /** Their bytes: a view if they are in one piece. */
  bytes(): Uint8Array {
    const parts = this.#pieces.map(({ bytes, starts }) => bytes.subarray(starts[0], starts.at(-1)))
    return parts.length === 1 ? parts[0]! : concatBytes(...parts)
  }

  /** The same in bytes of their own. */
  copy(): ExecutedTransactions {
    const list = new ExecutedTransactions()
    for (const { bytes, starts } of this.#pieces) {
      const [from, end] = [starts[0]!, starts.at(-1)!]
      const newStarts = from === 0 ? starts : starts.map((start) => start - from)
      list.#add({ bytes: copyOf(bytes.subarray(from, end)), starts: newStarts, first: list.#length })
    }
    return list
  }

  /** Index of the transaction with a hash; -1 if there is none. Those that were appended since are indexed now. */
  indexOf(hash: Uint8Array): number {
    this.#index()
    const slots = this.#slots!
    const mask = slots.length - 1
    for (let slot = slotOf(hash, 0) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const index = slots[slot]! - 1
      if (this.#hasHash(index, hash)) return index
    }
    return -1
  }

  /** Calls `visit` with where each receipt begins. */
  visitReceipts(visit: (bytes: Uint8Array, at: number) => void): void {
    for (const { bytes, starts } of this.#pieces) {
      for (let i = 0; i + 1 < starts.length; i++) visit(bytes, behindRaw(bytes, starts[i]!) + 4)
    }
  }

  /** Calls `visit` with where each hash begins. */
  visitHashes(visit: (bytes: Uint8Array, at: number) => void): void {
    for (const { bytes, starts } of this.#pieces) {
      for (let i = 0; i + 1 < starts.length; i++) visit(bytes, starts[i]! + HASH_AT)
    }
  }

  /** Adds the blooms of the receipts from index `first` on to `bloom`. */
  mergeBlooms(bloom: Uint8Array, first: number): void {
    for (const { bytes, starts, first: offset } of this.#piecesIn(first, this.#length)) {
      for (let i = Math.max(first - offset, 0); i + 1 < starts.length; i++) {
        mergeBloom(bloom, receiptBloom(bytes.subarray(behindRaw(bytes, starts[i]!) + 4)))
      }
    }
  }

  /** Bytes that they take in a block's RLP, without the head of the list. */
  rlpLength(): number {
    let length = 0
    for (const { bytes, starts } of this.#pieces) {
      for (let i = 0; i + 1 < starts.length; i++) {
        const rawAt = starts[i]! + HEAD_BYTES
        const rawLength = readU32(bytes, rawAt - 4)
        // A legacy transaction is a list already; an envelope becomes a byte string.
        length += bytes[rawAt]! >= 0xc0 ? rawLength : rlpItemLength(rawLength)
      }
    }
    return length
  }

  #add(piece: Piece): void {
    const { starts } = piece
    const count = starts.length - 1
    if (count === 0) return
    this.#pieces.push(piece)
    this.#length += count
    this.#byteLength += starts[count]! - starts[0]!
  }

  /** Number of the piece that a transaction is in. */
  #pieceOf(index: number): number {
    let low = 0
    let high = this.#pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#pieces[middle]!.first <= index) low = middle
      else high = middle - 1
    }
    return low
  }

  *#piecesIn(first: number, end: number): Generator<Piece, void> {
    if (first >= Math.min(end, this.#length)) return
    for (let i = this.#pieceOf(first); i < this.#pieces.length && this.#pieces[i]!.first < end; i++)
      yield this.#pieces[i]!
  }

  #index(): void {
    if (this.#slots === undefined || this.#slots.length < 2 * this.#length) {
      let size = this.#slots?.length ?? FIRST_SLOTS
      while (size < 2 * this.#length) size *= 2
      this.#slots = new Uint32Array(size)
      this.#indexed = 0
    }
    const slots = this.#slots
    const mask = slots.length - 1
    for (const { bytes, starts, first } of this.#piecesIn(this.#indexed, this.#length)) {
      for (let i = Math.max(this.#indexed - first, 0); i + 1 < starts.length; i++) {
        let slot = slotOf(bytes, starts[i]! + HASH_AT) & mask
        while (slots[slot] !== 0) slot = (slot + 1) & mask
        slots[slot] = first + i + 1
      }
    }
    this.#indexed = this.#length
  }

  #hasHash(index: number, hash: Uint8Array): boolean {
    const { bytes, starts, first } = this.#pieces[this.#pieceOf(index)]!
    const at = starts[index - first]! + HASH_AT
    for (let i = 0; i < 32; i++) if (bytes[at + i] !== hash[i]) return false
    return true
  }
}

/** Where a transaction of a piece begins, or the piece if it is in one before, or ends if it is in one behind. */
function startOf(starts: Uint32Array, index: number): number {
  return starts[Math.min(Math.max(index, 0), starts.length - 1)]!
}

/** Bytes of a transaction in the form that {@link ExecutedTransactions} describes. */
function encodeTransaction({ sender, hash, raw, receipt }: ExecutedTransaction): Uint8Array {
  assert(sender.length === 20 && hash.length === 32, 'a sender has 20 bytes, a hash 32')
  return concatBytes(sender, hash, u32(raw.length), raw, u32(receipt.length), receipt)
}

function transactionAt(bytes: Uint8Array, at: number): ExecutedTransaction {
  const receiptAt = behindRaw(bytes, at)
  return {
    sender: bytes.subarray(at, at + HASH_AT),
    hash: bytes.subarray(at + HASH_AT, at + HASH_AT + 32),
    raw: bytes.subarray(at + HEAD_BYTES, receiptAt),
    receipt: bytes.subarray(receiptAt + 4, receiptAt + 4 + readU32(bytes, receiptAt)),
  }
}

/** Where the transaction at `at` ends; undefined if `bytes` end before. */
function endOf(bytes: Uint8Array, at: number): number | undefined {
  if (at + LEAST_BYTES > bytes.length) return undefined
  const receiptAt = behindRaw(bytes, at)
  if (receiptAt + 4 > bytes.length) return undefined
  const end = receiptAt + 4 + readU32(bytes, receiptAt)
  return end > bytes.length ? undefined : end
}

/** Where the transaction's raw bytes end, and its receipt's length stands. */
function behindRaw(bytes: Uint8Array, at: number): number {
  return at + HEAD_BYTES + readU32(bytes, at + HEAD_BYTES - 4)
}

function slotOf(bytes: Uint8Array, hashAt: number): number {
  return Math.imul(readU32(bytes, hashAt) ^ SALT, FACTOR) >>> 7
}

function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}
