import { assert } from './assert.ts'

const MAX_U32 = 0xffffffff
const MAX_U64 = 2n ** 64n - 1n
const FIRST_CAPACITY_BYTES = 1024

/** Writes integers (little-endian) and byte strings one after another into a buffer that it keeps and grows. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What was written; valid until the next write or `clear`. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
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
    this.#view.setUint32(offset, value, true)
  }

  /** A byte string whose length the reader knows. */
  fixed(bytes: Uint8Array, length: number): void {
    assert(bytes.length === length, `a byte string of ${bytes.length} where ${length} are needed`)
    const at = this.#grow(length)
    this.#bytes.set(bytes, at)
  }

  /** A byte string behind its u32 length. */
  sized(bytes: Uint8Array): void {
    this.u32(bytes.length)
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** Makes room and returns where it begins; call it before touching the buffer, which it may replace. */
  #grow(count: number): number {
    const start = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return start
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
