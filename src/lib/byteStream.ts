import { assert } from './assert.ts'
import { copyInto } from './bytes.ts'

const MAX_U32 = 0xffffffff
const MAX_U64 = 2n ** 64n - 1n
const FIRST_CAPACITY_BYTES = 1024

/** Writes integers (little-endian) and byte strings one after another into a buffer that it keeps and grows. */
export class ByteWriter {
  readonly #allocate: (byteLength: number) => ArrayBufferLike
  readonly #capacity: number
  #bytes: Uint8Array
  #view: DataView
  /** Where that begins which is not taken yet. */
  #start = 0
  #end = 0

  /** @param options.capacity - bytes of a new buffer, unless more are needed at once. */
  constructor(options: { capacity?: number; allocate?: (byteLength: number) => ArrayBufferLike } = {}) {
    this.#capacity = options.capacity ?? FIRST_CAPACITY_BYTES
    this.#allocate = options.allocate ?? ((byteLength) => new ArrayBuffer(byteLength))
    this.#bytes = new Uint8Array(this.#allocate(this.#capacity))
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#end - this.#start
  }

  /** What was written; valid until the next write or `clear`. */
  written(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  clear(): void {
    this.#end = this.#start
  }

  /** Gives away what was written: it stays as it is, in memory that it may share with what comes before and after. */
  take(): Uint8Array {
    const taken = this.written()
    this.#start = this.#end
    return taken
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  u32(value: number): void {
    assert(Number.isInteger(value) && value >= 0 && value <= MAX_U32, `${value} is no u32`)
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  u64(value: bigint): void {
    assert(value >= 0n && value <= MAX_U64, `${value} is no u64`)
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value, true)
  }

  /** Overwrites four bytes that were written before. */
  u32At(offset: number, value: number): void {
    this.#view.setUint32(this.#start + offset, value, true)
  }

  /** A byte string whose length the reader knows. */
  fixed(bytes: Uint8Array, length: number): void {
    assert(bytes.length === length, `a byte string of ${bytes.length} where ${length} are needed`)
    const at = this.#grow(length)
    copyInto(this.#bytes, at, bytes)
  }

  /** A byte string behind its u32 length. */
  sized(bytes: Uint8Array): void {
    this.u32(bytes.length)
    const at = this.#grow(bytes.length)
    copyInto(this.#bytes, at, bytes)
  }

  /** Makes room and returns where it begins; call it before touching the buffer, which it may replace. */
  #grow(count: number): number {
    if (this.#end + count > this.#bytes.length) this.#replace(this.length + count)
    const at = this.#end
    this.#end += count
    return at
  }

  /** What was taken stays behind. */
  #replace(needed: number): void {
    const pending = this.written()
    const isCrowded = pending.length > this.#bytes.length / 2
    const capacity = Math.max(needed, isCrowded ? this.#bytes.length * 2 : this.#capacity)
    this.#bytes = new Uint8Array(this.#allocate(capacity))
    copyInto(this.#bytes, 0, pending)
    this.#view = new DataView(this.#bytes.buffer)
    this.#start = 0
    this.#end = pending.length
  }
}

/**
 * Reads what {@link ByteWriter} wrote. Byte strings are views of the input.
 * A read beyond the end gives zeros or nothing and sets `isShort`, which the caller checks at the end (and in loops).
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0
  isShort = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#offset
  }

  get offset(): number {
    return this.#offset
  }

  /** What is left, without reading it. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset)
  }

  u32(): number {
    const at = this.#advance(4)
    return this.isShort ? 0 : this.#view.getUint32(at, true)
  }

  u64(): bigint {
    const at = this.#advance(8)
    return this.isShort ? 0n : this.#view.getBigUint64(at, true)
  }

  fixed(length: number): Uint8Array {
    const at = this.#advance(length)
    return this.isShort ? this.#bytes.subarray(0, 0) : this.#bytes.subarray(at, at + length)
  }

  sized(): Uint8Array {
    return this.fixed(this.u32())
  }

  #advance(count: number): number {
    const at = this.#offset
    if (this.isShort || count > this.left) this.isShort = true
    else this.#offset += count
    return at
  }
}
