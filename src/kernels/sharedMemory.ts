const HEADER_BYTES = 8
const IMPORT_SECTION = 2
const FUNCTION = 0
const TABLE = 1
const MEMORY = 2
const HAS_MAXIMUM = 1
const IS_SHARED = 2

/**
 * The WebAssembly module, changed to import a memory that threads share. The two kinds of memory are different types: a
 * module must be made for the one that it gets.
 *
 * @param wasm - a module that imports one memory with a maximum, its functions and tables before it. Not changed.
 */
export function withSharedMemory(wasm: Uint8Array): Uint8Array {
  const copy = wasm.slice()
  const at = limitsOfMemory(copy)
  copy[at] = HAS_MAXIMUM | IS_SHARED
  return copy
}

/** Offset of the memory's limits, whose first byte has the flags (WebAssembly core specification, 5.5.5). */
function limitsOfMemory(wasm: Uint8Array): number {
  const reader = new Reader(wasm, HEADER_BYTES)
  for (
    let id = reader.byte(), size = reader.unsigned();
    id !== IMPORT_SECTION;
    id = reader.byte(), size = reader.unsigned()
  )
    reader.skip(size)
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.skip(reader.unsigned()) // module
    reader.skip(reader.unsigned()) // name
    const kind = reader.byte()
    if (kind === MEMORY) return reader.offset
    if (kind === FUNCTION) reader.unsigned()
    else if (kind === TABLE) reader.table()
    else reader.skip(2) // a global's type
  }
  throw new RangeError('The WebAssembly module imports no memory.')
}

class Reader {
  offset: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes
    this.offset = offset
  }

  byte(): number {
    const byte = this.#bytes[this.offset++]
    if (byte === undefined) throw new RangeError('The WebAssembly module imports no memory.')
    return byte
  }

  /** LEB128. */
  unsigned(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  skip(count: number): void {
    this.offset += count
  }

  /** Element type and limits. */
  table(): void {
    this.skip(1)
    const flags = this.byte()
    this.unsigned()
    if ((flags & HAS_MAXIMUM) !== 0) this.unsigned()
  }
}
