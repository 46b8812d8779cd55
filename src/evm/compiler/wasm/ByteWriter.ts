/** Grows as it is written to. Integers are LEB128 (WebAssembly core specification, section 5.2.2). */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  length = 0

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.length++] = value
  }

  bytes(values: ArrayLike<number>): void {
    this.#grow(values.length)
    this.#bytes.set(values, this.length)
    this.length += values.length
  }

  /** Unsigned, below 2^32. */
  unsigned(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** Signed 32 bits. */
  signed(value: number): void {
    let rest = value
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  /** Signed 64 bits, given as two halves. */
  signed64(low: number, high: number): void {
    let lower = low
    let upper = high
    // Until all that is left repeats the sign bit of the last group.
    while (!((upper === 0 && lower >= 0 && lower < 64) || (upper === -1 && lower < 0 && lower >= -64))) {
      this.byte((lower & 0x7f) | 0x80)
      lower = (lower >>> 7) | (upper << 25)
      upper >>= 7
    }
    this.byte(lower & 0x7f)
  }

  name(text: string): void {
    this.unsigned(text.length)
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i))
  }

  /** What was written, a view: valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  #grow(room: number): void {
    if (this.length + room <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + room))
    larger.set(this.view())
    this.#bytes = larger
  }
}
