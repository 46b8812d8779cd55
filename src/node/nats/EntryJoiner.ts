import { concatBytes } from '../../lib/index.ts'
import type { EntryPart } from './entryParts.ts'

/**
 * Puts entries together from their parts. What a publisher began and didn't end is left out: whoever went on has begun
 * the entry anew.
 */
export class EntryJoiner {
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  #bytes = 0
  /** Of the entry that is begun; undefined: parts without a beginning are passed over. */
  #firstRecord: bigint | undefined

  /** @param maxBytes - of one entry; more is no entry, and passed over. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Returns the entry that ends with this part, if one does. */
  add({ firstRecord, part, parts, bytes }: EntryPart): Uint8Array | undefined {
    if (part === 0) this.#begin(firstRecord)
    else if (firstRecord !== this.#firstRecord || part !== this.#parts.length) this.#begin(undefined)
    this.#bytes += bytes.length
    if (this.#bytes > this.#maxBytes) this.#begin(undefined)
    if (this.#firstRecord === undefined) return undefined
    this.#parts.push(bytes)
    if (part < parts - 1) return undefined
    const entry = this.#parts.length === 1 ? bytes : concatBytes(...this.#parts)
    this.#begin(undefined)
    return entry
  }

  #begin(firstRecord: bigint | undefined): void {
    this.#parts = []
    this.#bytes = 0
    this.#firstRecord = firstRecord
  }
}
