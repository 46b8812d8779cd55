import { keccak256Into } from '../../kernels/index.ts'
import { ByteIndex } from './ByteIndex.ts'
import { addBloomBits, setBloomBits } from './bloomBits.ts'
import { FixedTable } from './FixedTable.ts'

/** Terms that are remembered; then they are forgotten all. */
const MAX_TERMS = 1 << 15

/** Positions in bloom filters of terms that came before: an encoder sees the same ones again and again. */
export class TermBits {
  readonly #bits = new Uint16Array(MAX_TERMS * 3)
  readonly #digest = new Uint8Array(32)
  /** u8 length · three zeros · the term · zeros. */
  readonly #term = new Uint8Array(36)
  #table = newTable()
  #index = this.#newIndex()

  /** Adds the term of `length` bytes at `at` to the filter of 256 bytes. */
  add(source: Uint8Array, at: number, length: number, bloom: Uint8Array): void {
    const term = this.#term
    term.fill(0)
    term[0] = length
    for (let i = 0; i < length; i++) term[4 + i] = source[at + i]!
    let id = this.#index.find(term, 0)
    if (id < 0) {
      if (this.#table.count === MAX_TERMS) {
        this.#table = newTable()
        this.#index = this.#newIndex()
      }
      id = this.#table.add(term, 0)
      this.#index.add(id)
      keccak256Into(source.subarray(at, at + length), this.#digest, 0)
      setBloomBits(this.#digest, this.#bits, id * 3)
    }
    addBloomBits(this.#bits, id * 3, bloom, 0)
  }

  #newIndex(): ByteIndex {
    return new ByteIndex(36, () => this.#table.bytes)
  }
}

function newTable(): FixedTable {
  return new FixedTable('terms', { itemBytes: 36, limit: MAX_TERMS })
}
