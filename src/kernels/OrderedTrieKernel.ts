import { copyInto } from '../lib/index.ts'
import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/orderedTrie.ts'
import { WASM_PAGE_BYTES } from './webAssembly.ts'

/** Most bytes of one value: what the kernel's memory has room for. */
const VALUE_MAX_BYTES = 63 * 2 ** 20
const BLOOM_BYTES = 256

/** The kernel of assembly/orderedTrie.ts: places values at rlp(index), in the order of these keys. */
export class OrderedTrieKernel {
  readonly #exports: WebAssembly.Exports
  readonly #valueOffset: number
  #bytes: Uint8Array

  constructor() {
    this.#exports = new WebAssembly.Instance(orderedTrieModule()).exports
    this.#valueOffset = this.#exports.valueOffset()
    this.#bytes = new Uint8Array(this.#exports.memory.buffer)
  }

  /** Forgets what was placed. */
  reset(): void {
    this.#exports.reset()
  }

  /** Places the value that was put, of `length` bytes. `next` is the index whose key follows. */
  place(index: number, length: number, next: number): void {
    this.#exports.place(index, length, next)
  }

  /** Places the value that was put, the last one, and returns the root, 32 bytes. */
  placeLast(index: number, length: number): Uint8Array {
    const at = this.#exports.placeLast(index, length)
    return this.#bytes.slice(at, at + 32)
  }

  /** Copies a value, which is to be placed before the next is put. */
  put(value: Uint8Array): void {
    if (value.length > VALUE_MAX_BYTES) throw new OrderedTrieLimitError(value.length)
    this.#copy(value, this.#valueOffset)
  }

  /**
   * Whether {@link OrderedTrieKernel.placeRun} has room for so many bytes of transactions, and as many for the longest of
   * their values.
   */
  takesRun(byteLength: number): boolean {
    return byteLength <= VALUE_MAX_BYTES / 2
  }

  /**
   * Places the raw bytes or the receipts of executed transactions (protocol/ExecutedTransactions.ts), the first at `index`,
   * 128 or more; the last is only put. What was put before must be placed. Returns the length of the last.
   */
  placeRun(
    transactions: Uint8Array,
    { count, part, index }: { count: number; part: 'raw' | 'receipt'; index: number },
  ): number {
    const at = this.#valueOffset + transactions.length
    this.#copy(transactions, at)
    return this.#exports.placeRun(at, count, part === 'receipt', index)
  }

  /** The union of the blooms of all receipts that {@link OrderedTrieKernel.placeRun} has placed since the last call. */
  takeBloom(): Uint8Array {
    const at = this.#exports.bloomOffset()
    const bloom = this.#bytes.slice(at, at + BLOOM_BYTES)
    this.#bytes.fill(0, at, at + BLOOM_BYTES)
    return bloom
  }

  #copy(bytes: Uint8Array, at: number): void {
    const missing = at + bytes.length - this.#bytes.length
    if (missing > 0) {
      this.#exports.memory.grow(Math.ceil(missing / WASM_PAGE_BYTES))
      this.#bytes = new Uint8Array(this.#exports.memory.buffer)
    }
    copyInto(this.#bytes, at, bytes)
  }
}

let compiled: WebAssembly.Module | undefined

function orderedTrieModule(): WebAssembly.Module {
  compiled ??= compileWasm(wasmBase64)
  return compiled
}

/** A value that no block has room for. */
export class OrderedTrieLimitError extends Error {
  override readonly name = 'OrderedTrieLimitError'

  constructor(bytes: number) {
    super(
      `A value is too long for the trie of a block's list.\n  value: ${bytes} bytes   most: ${VALUE_MAX_BYTES}\n  next: look for the transaction or receipt that is larger than a block's gas allows.`,
    )
  }
}
