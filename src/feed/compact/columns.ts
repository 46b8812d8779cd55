import { assert, builtin, copyInto, EMPTY_BYTES, uninitializedBytes } from '../../lib/index.ts'
import { BodyError } from './BodyError.ts'
import { MAX_COLUMNS_BYTES } from './limits.ts'
import { unzstd } from './unzstd.ts'
import { viewOf } from './words256.ts'

const zlib = builtin('node:zlib')

/**
 * The columns of a body. Each holds values of one kind, in the order in which they are needed; so those of a kind stand
 * together, where zstd finds what they have in common, and what is random stands apart from it.
 *
 *     body: u8 version · varint non-empty columns (bits) · varint compressed columns (bits; only non-empty ones)
 *           · per non-empty column varint length · the columns that aren't compressed, in order
 *           · one zstd frame of all those that are, in order
 */
const COLUMN_NAMES = [
  'records',
  'patches',
  'signatures',
  'parities',
  'idLows',
  'idHighs',
  'nonces',
  'fees',
  'calls',
  'tails',
  'receipts',
  'gas',
  'kinds',
  'words',
  'addresses',
  'definitions',
  'texts',
  'diffs',
  'diffTexts',
  'diffAddresses',
  'diffSlots',
  'values',
  'patterns',
] as const

/** Places in the order of the format. */
export const RECORDS_COLUMN: number = COLUMN_NAMES.indexOf('records')
export const PATCHES_COLUMN: number = COLUMN_NAMES.indexOf('patches')
export const TEXTS_COLUMN: number = COLUMN_NAMES.indexOf('texts')

export type ColumnName = (typeof COLUMN_NAMES)[number]

/** Random by nature: signatures, hashes of keys, the low bytes of numbers that stand for them. */
const NEVER_COMPRESSED: ReadonlySet<ColumnName> = new Set([
  'signatures',
  'parities',
  'idLows',
  'addresses',
  'diffAddresses',
  'values',
])

const BODY_VERSION = 1
/**
 * A small mini-block's columns stay as they are: zstd would save 0.1 KB of ten transfers' 1.1, or 0.4 of thirty's 3.1, and
 * takes 0.2 ms to write and 0.05 to read when its code is not in the processor's caches, as between two mini-blocks.
 */
const LEAST_COMPRESSED_BYTES = 1024
const ZSTD_LEVEL = 3
/** Seven bits a byte. */
const MAX_VARINT_BYTES = 8

/** Bytes that grow. */
export class ColumnWriter {
  bytes: Uint8Array = new Uint8Array(64)
  view: DataView = viewOf(this.bytes)
  length = 0

  /** Makes room for `count` bytes that the caller writes; returns where they begin. */
  grow(count: number): number {
    const at = this.length
    this.length = at + count
    if (this.length > this.bytes.length) {
      const larger = uninitializedBytes(Math.max(this.length, this.bytes.length * 2))
      copyInto(larger, 0, this.bytes.subarray(0, at))
      this.bytes = larger
      this.view = viewOf(larger)
    }
    return at
  }

  u8(value: number): void {
    const at = this.grow(1)
    this.bytes[at] = value
  }

  /** Unsigned, below 2^53: LEB128. */
  varint(value: number): void {
    let left = value
    while (left >= 128) {
      this.u8((left % 128) | 128)
      left = Math.floor(left / 128)
    }
    this.u8(left)
  }

  /** Between -2^52 and 2^52: 0, -1, 1, -2, … as 0, 1, 2, 3, … */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const at = this.grow(end - start)
    if (end - start > 64) copyInto(this.bytes, at, source.subarray(start, end))
    else for (let i = start, to = at; i < end; i++, to++) this.bytes[to] = source[i]!
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}

/** Reads what a {@link ColumnWriter} wrote. Throws BodyError TRUNCATED at the end. */
export class ColumnReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.view = viewOf(bytes)
    this.at = at
    this.end = end
  }

  get left(): number {
    return this.end - this.at
  }

  u8(): number {
    if (this.at >= this.end) throw new BodyError('TRUNCATED', 'a column ends early')
    return this.bytes[this.at++]!
  }

  varint(): number {
    let byte = this.u8()
    if (byte < 128) return byte
    let value = byte & 127
    let scale = 128
    for (let i = 1; byte >= 128 && i < MAX_VARINT_BYTES; i++) {
      byte = this.u8()
      value += (byte & 127) * scale
      scale *= 128
    }
    if (byte >= 128 || value > Number.MAX_SAFE_INTEGER) throw new BodyError('VALUE', 'a number is too large')
    return value
  }

  signed(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Passes over `count` bytes; returns where they begin. */
  take(count: number): number {
    const at = this.at
    if (count > this.end - at) throw new BodyError('TRUNCATED', 'a column ends early')
    this.at = at + count
    return at
  }

  /** The next bytes, not copied. */
  part(count: number): Uint8Array {
    const at = this.take(count)
    return this.bytes.subarray(at, at + count)
  }
}

const EMPTY_COLUMN = new ColumnReader(EMPTY_BYTES, 0, 0)

export type ColumnWriters = Readonly<Record<ColumnName, ColumnWriter>>
export type ColumnReaders = Readonly<Record<ColumnName, ColumnReader>>

export function columnWriters(): ColumnWriters {
  return byName(() => new ColumnWriter())
}

/** Joins columns to a body, and empties them. */
export function joinColumns(columns: ColumnWriters): Uint8Array {
  const head = new ColumnWriter()
  const filled = COLUMN_NAMES.filter((name) => columns[name].length > 0)
  let packable = filled.filter((name) => !NEVER_COMPRESSED.has(name))
  let packed = compress(concat(packable.map((name) => columns[name].written())))
  if (packed === undefined) {
    packed = new Uint8Array(0)
    packable = []
  }
  const isPacked = new Set(packable)
  head.u8(BODY_VERSION)
  head.varint(bitsOf(filled))
  head.varint(bitsOf(packable))
  for (const name of filled) head.varint(columns[name].length)
  const plain = filled.filter((name) => !isPacked.has(name)).map((name) => columns[name].written())
  const body = concat([head.written(), ...plain, packed])
  for (const name of filled) columns[name].clear()
  return body
}

/** Inverse of {@link joinColumns}; the columns are views of `body` where they aren't compressed. */
export function splitColumns(body: Uint8Array): ColumnReaders {
  const head = new ColumnReader(body, 0, body.length)
  const version = head.u8()
  if (version !== BODY_VERSION) throw new BodyError('VERSION', `version ${version}, known is ${BODY_VERSION}`)
  const filled = namesOf(head.varint())
  const packed = namesOf(head.varint())
  if (packed.some((name) => !filled.includes(name)))
    throw new BodyError('VALUE', 'an empty column is compressed')
  const lengths = new Map(filled.map((name) => [name, head.varint()]))
  const total = [...lengths.values()].reduce((sum, length) => sum + length, 0)
  if (total > MAX_COLUMNS_BYTES) throw new BodyError('LIMIT', `columns of ${total} bytes`)
  const readers = byName(() => EMPTY_COLUMN) as Record<ColumnName, ColumnReader>
  for (const name of filled) {
    if (packed.includes(name)) continue
    const at = head.take(lengths.get(name)!)
    readers[name] = new ColumnReader(body, at, head.at)
  }
  if (packed.length === 0) {
    if (head.left > 0) throw new BodyError('TRAILING_BYTES', `${head.left} bytes behind the columns`)
    return readers
  }
  const length = packed.reduce((sum, name) => sum + lengths.get(name)!, 0)
  const unpacked = decompress(body.subarray(head.at), length)
  let at = 0
  for (const name of packed) {
    readers[name] = new ColumnReader(unpacked, at, at + lengths.get(name)!)
    at += lengths.get(name)!
  }
  return readers
}

/** Columns in the order of the format. */
export function inOrder(columns: ColumnReaders): ColumnReader[] {
  return COLUMN_NAMES.map((name) => columns[name])
}

/** Throws BodyError where a column has something left. `leftOf`: bytes, by name and by place in the order of the format. */
export function checkAllRead(leftOf: (name: ColumnName, place: number) => number): void {
  for (const [place, name] of COLUMN_NAMES.entries()) {
    const left = leftOf(name, place)
    if (left > 0) throw new BodyError('TRAILING_BYTES', `${left} bytes are left of ${name}`)
  }
}

/** Undefined where it doesn't pay. */
function compress(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < LEAST_COMPRESSED_BYTES) return undefined
  assert(zlib !== undefined, 'bodies are written by Node')
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL }
  const compressed = zlib.zstdCompressSync(bytes, { params })
  return compressed.length < bytes.length ? compressed : undefined
}

function decompress(bytes: Uint8Array, length: number): Uint8Array {
  let decompressed: Uint8Array
  try {
    decompressed = unzstd(bytes, Math.max(length, 1))
  } catch (error) {
    throw new BodyError('COMPRESSION', (error as Error).message)
  }
  if (decompressed.length !== length)
    throw new BodyError('COMPRESSION', `${decompressed.length} bytes where there should be ${length}`)
  return decompressed
}

function byName<T>(make: () => T): Record<ColumnName, T> {
  return Object.fromEntries(COLUMN_NAMES.map((name) => [name, make()])) as Record<ColumnName, T>
}

function bitsOf(names: readonly ColumnName[]): number {
  return names.reduce((bits, name) => bits | (1 << COLUMN_NAMES.indexOf(name)), 0)
}

function namesOf(bits: number): ColumnName[] {
  if (bits >= 2 ** COLUMN_NAMES.length) throw new BodyError('VALUE', 'there are no such columns')
  return COLUMN_NAMES.filter((_, i) => (bits & (1 << i)) !== 0)
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = uninitializedBytes(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    copyInto(joined, at, part)
    at += part.length
  }
  return joined
}
