/** Longest single string or value that is not gone through member by member. */
const TOKEN_LIMIT_BYTES = 64 * 1024 * 1024

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENERS: ReadonlySet<number> = new Set([0x7b, 0x5b])
const CLOSERS: ReadonlySet<number> = new Set([0x7d, 0x5d])

/**
 * Reads JSON of any size from front to back, in memory of one value: the caller says what must come next. Byte strings
 * that it hands out are views that hold until the next call.
 */
export class JsonScanner {
  readonly #chunks: Iterator<Uint8Array, void>
  #buffer: Buffer = Buffer.alloc(0)
  #at = 0
  /** The string found last has an escape. */
  #hasEscape = false
  /** Bytes before the buffer. */
  #passed = 0

  constructor(chunks: Iterable<Uint8Array, void>) {
    this.#chunks = chunks[Symbol.iterator]()
  }

  /** How many bytes are read. */
  get offset(): number {
    return this.#passed + this.#at
  }

  /** The next character that is not white space, not taken; the empty string at the end. */
  peek(): string {
    for (;;) {
      while (this.#at < this.#buffer.length && this.#buffer[this.#at]! <= 0x20) this.#at++
      if (this.#at < this.#buffer.length) return String.fromCharCode(this.#buffer[this.#at]!)
      if (!this.#fill()) return ''
    }
  }

  /** Takes a character that must come next. */
  expect(character: string): void {
    const found = this.peek()
    if (found !== character) throw new JsonSyntaxError(this.offset, `"${character}"`, found)
    this.#at++
  }

  /** Takes a character if it comes next. */
  take(character: string): boolean {
    if (this.peek() !== character) return false
    this.#at++
    return true
  }

  /**
   * Goes through the members of an object. `member` gets each name, a view, and takes its value from this scanner.
   */
  object(member: (name: Uint8Array) => void): void {
    this.expect('{')
    if (this.take('}')) return
    do {
      const name = this.string().slice()
      this.expect(':')
      member(name)
    } while (this.take(','))
    this.expect('}')
  }

  /** The bytes between the quotes of a string that comes next; escapes are resolved. */
  string(): Uint8Array {
    this.expect('"')
    const end = this.#endOfString(this.#at)
    const bytes = this.#buffer.subarray(this.#at, end)
    this.#at = end + 1
    return this.#hasEscape ? Buffer.from(this.#parse(`"${bytes}"`) as string) : bytes
  }

  /** Any value that comes next, parsed. */
  value(): unknown {
    const first = this.peek()
    if (first === '') throw new JsonSyntaxError(this.offset, 'a value', first)
    const end = this.#endOfValue()
    const text = this.#buffer.toString('utf8', this.#at, end)
    const value = this.#parse(text)
    this.#at = end
    return value
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw new JsonSyntaxError(this.offset, 'a value', text.slice(0, 20))
    }
  }

  /** Index of the closing quote; `from` is behind the opening one. */
  #endOfString(from: number): number {
    this.#hasEscape = false
    for (let offset = from - this.#at; ; offset++) {
      while (this.#at + offset >= this.#buffer.length) {
        if (!this.#fill()) throw new JsonSyntaxError(this.offset, 'the end of a string', '')
      }
      const byte = this.#buffer[this.#at + offset]
      if (byte === QUOTE) return this.#at + offset
      if (byte !== BACKSLASH) continue
      this.#hasEscape = true
      offset++
    }
  }

  #endOfValue(): number {
    let depth = 0
    for (let offset = 0; ; offset++) {
      if (this.#at + offset === this.#buffer.length && !this.#fill()) {
        if (depth === 0) return this.#at + offset
        throw new JsonSyntaxError(this.offset, 'the end of a value', '')
      }
      const byte = this.#buffer[this.#at + offset]!
      if (byte === QUOTE) {
        offset = this.#endOfString(this.#at + offset + 1) - this.#at
        if (depth === 0) return this.#at + offset + 1
      } else if (OPENERS.has(byte)) depth++
      else if (CLOSERS.has(byte)) {
        if (depth === 0) return this.#at + offset
        if (--depth === 0) return this.#at + offset + 1
      } else if (depth === 0 && (byte === 0x2c || byte <= 0x20)) return this.#at + offset
    }
  }

  /** Puts the next chunk behind what is not taken yet; false at the end. */
  #fill(): boolean {
    const next = this.#chunks.next()
    if (next.done === true) return false
    const left = this.#buffer.subarray(this.#at)
    if (left.length + next.value.length > TOKEN_LIMIT_BYTES)
      throw new JsonSyntaxError(this.offset, `a value of at most ${TOKEN_LIMIT_BYTES} bytes`, 'a longer one')
    this.#passed += this.#at
    this.#buffer = left.length === 0 ? Buffer.from(next.value) : Buffer.concat([left, next.value])
    this.#at = 0
    return true
  }
}

/** Text that is not JSON, or not the JSON that is read here. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'

  constructor(offset: number, expected: string, found: string) {
    super(
      `at byte ${offset}: expected ${expected}, found ${found === '' ? 'the end' : JSON.stringify(found)}`,
    )
  }
}
