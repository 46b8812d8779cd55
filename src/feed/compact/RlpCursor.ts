/**
 * Walks over RLP (Yellow Paper appendix B) in place, and accepts only what has the one canonical form, so that whoever
 * knows the content can write the same bytes again. Each method gives false where that isn't so.
 */
export class RlpCursor {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  /** Content of the string that was read last. */
  start = 0
  length = 0

  open(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** Goes into a list that ends where the cursor's part does. */
  enterLast(): boolean {
    const { bytes } = this
    if (this.at >= this.end) return false
    const first = bytes[this.at]!
    if (first < 0xc0 || !this.#readLength(first, 0xc0)) return false
    this.at = this.start
    return this.start + this.length === this.end
  }

  /** Reads the head of a list, whose content is `start` and `length` then, and goes into it. */
  enter(): boolean {
    if (this.at >= this.end) return false
    const first = this.bytes[this.at]!
    if (first < 0xc0 || !this.#readLength(first, 0xc0)) return false
    this.at = this.start
    return true
  }

  /** Reads a byte string. */
  string(): boolean {
    if (this.at >= this.end) return false
    const first = this.bytes[this.at]!
    if (first >= 0xc0) return false
    if (first < 0x80) {
      this.start = this.at
      this.length = 1
      this.at++
      return true
    }
    if (!this.#readLength(first, 0x80)) return false
    if (this.length === 1 && this.bytes[this.start]! < 0x80) return false
    this.at = this.start + this.length
    return true
  }

  /** Reads an integer of at most `size` bytes. */
  integer(size: number): boolean {
    return this.string() && this.length <= size && (this.length === 0 || this.bytes[this.start] !== 0)
  }

  /** Passes over an item of any kind. */
  skip(): boolean {
    if (this.at >= this.end) return false
    const first = this.bytes[this.at]!
    if (first < 0xc0) return this.string()
    if (!this.#readLength(first, 0xc0)) return false
    this.at = this.start + this.length
    return true
  }

  /** The integer that was read last; at most 2^53 - 1, or -1. */
  number(): number {
    if (this.length > 7) return -1
    let value = 0
    for (let i = this.start; i < this.start + this.length; i++) value = value * 256 + this.bytes[i]!
    return value <= Number.MAX_SAFE_INTEGER ? value : -1
  }

  #readLength(first: number, base: number): boolean {
    let length = first - base
    let start = this.at + 1
    if (length > 55) {
      const count = length - 55
      if (count > 4 || start + count > this.end || this.bytes[start] === 0) return false
      length = 0
      for (let i = 0; i < count; i++) length = length * 256 + this.bytes[start + i]!
      if (length <= 55) return false
      start += count
    }
    this.start = start
    this.length = length
    return start + length <= this.end
  }
}
