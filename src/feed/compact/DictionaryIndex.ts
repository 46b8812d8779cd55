import { ByteIndex } from './ByteIndex.ts'
import type { Dictionary } from './Dictionary.ts'

/** Words that were told once: only one that comes again is worth a number. */
const MAX_SEEN_WORDS = 4096

/** Finds the numbers of what a dictionary has. */
export class DictionaryIndex {
  readonly addresses: ByteIndex
  readonly words: ByteIndex
  readonly diffAddresses: ByteIndex
  readonly diffSlots: ByteIndex
  /** By their descriptions. */
  readonly fees: Map<string, number> = new Map()
  readonly calls: Map<string, number> = new Map()
  readonly receipts: Map<string, number> = new Map()
  readonly #seen = new Set<string>()
  readonly #table: Dictionary['addresses']

  constructor({ addresses, words, diffAddresses, diffSlots }: Dictionary) {
    this.#table = addresses
    this.addresses = new ByteIndex(20, () => addresses.bytes)
    this.words = new ByteIndex(32, () => words.bytes)
    this.diffAddresses = new ByteIndex(20, () => diffAddresses.bytes)
    this.diffSlots = new ByteIndex(52, () => diffSlots.bytes)
  }

  /** Notes an address that no transaction told; -1: none was. The first number that it got stays its number. */
  addressAdded(id: number): void {
    if (id >= 0 && this.addresses.find(this.#table.bytes, id * 20) < 0) this.addresses.add(id)
  }

  /** Whether the word at `at` was asked about before, as far as that is remembered. */
  wasSeen(source: Uint8Array, at: number): boolean {
    const key = textOf(source.subarray(at, at + 32))
    if (this.#seen.has(key)) return true
    if (this.#seen.size === MAX_SEEN_WORDS) this.#seen.clear()
    this.#seen.add(key)
    return false
  }
}

/** Bytes as the key of a map. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.prototype.latin1Slice.call(bytes, 0, bytes.length)
}
