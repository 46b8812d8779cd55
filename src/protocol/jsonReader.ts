import { tryHexToBytes } from '../lib/index.ts'

/**
 * Reads members of parsed JSON by their kind and names the path of what is wrong. For files that people write:
 * integers may be JSON numbers, decimal text or hex; byte strings are hex with or without `0x`.
 */
export class JsonReader {
  readonly path: string
  readonly #value: unknown

  constructor(value: unknown, path: string) {
    this.#value = value
    this.path = path
  }

  get isMissing(): boolean {
    return this.#value === undefined || this.#value === null
  }

  /** The member `name`, which may be missing. */
  member(name: string): JsonReader {
    const { members } = this
    const path = this.path === '' ? name : `${this.path}.${name}`
    return new JsonReader(Object.hasOwn(members, name) ? members[name] : undefined, path)
  }

  /** All members by name. */
  entries(): [name: string, reader: JsonReader][] {
    return Object.keys(this.members).map((name) => [name, this.member(name)])
  }

  get members(): Record<string, unknown> {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value)) {
      throw new JsonPathError(this.path, 'an object', this.#value)
    }
    return this.#value as Record<string, unknown>
  }

  /** An unsigned integer below 2^bits. */
  integer(bits: number): bigint {
    const value = parseInteger(this.#value)
    if (value === undefined) throw new JsonPathError(this.path, 'an unsigned integer', this.#value)
    if (value >> BigInt(bits) > 0n)
      throw new JsonPathError(this.path, `an integer below 2^${bits}`, this.#value)
    return value
  }

  /** As {@link integer}, or `fallback` when missing. */
  integerOr<T>(bits: number, fallback: T): bigint | T {
    return this.isMissing ? fallback : this.integer(bits)
  }

  /** A byte string; of exactly `size` bytes if given. */
  bytes(size?: number): Uint8Array {
    const text = this.#value
    const expected = size === undefined ? 'hex bytes' : `${size} hex bytes`
    if (typeof text !== 'string') throw new JsonPathError(this.path, expected, text)
    const digits = text.startsWith('0x') || text.startsWith('0X') ? text.slice(2) : text
    const bytes = tryHexToBytes(`0x${digits}`)
    if (bytes === undefined) throw new JsonPathError(this.path, expected, text)
    if (size !== undefined && bytes.length !== size) throw new JsonPathError(this.path, expected, text)
    return bytes
  }

  bytesOr<T>(size: number | undefined, fallback: T): Uint8Array | T {
    return this.isMissing ? fallback : this.bytes(size)
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') throw new JsonPathError(this.path, 'true or false', this.#value)
    return this.#value
  }
}

function parseInteger(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  return /^(?:0[xX][0-9a-fA-F]{1,64}|[0-9]{1,78})$/.test(value) ? BigInt(value) : undefined
}

/** A member that is not what it must be. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
  readonly path: string

  constructor(path: string, expected: string, received: unknown) {
    const text = received === undefined ? 'nothing' : JSON.stringify(received)
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
    super(`${path === '' ? 'the file' : path}: expected ${expected}, found ${shown}`)
    this.path = path
  }
}
