import type { ColumnWriters } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import type { DictionaryIndex } from './DictionaryIndex.ts'
import { MAX_WORDS } from './limits.ts'
import { writeAddress, writeWord } from './references.ts'
import { significantBytes, TOLD_ADDRESS, TOLD_WORD } from './toldWords.ts'
import type { WordList } from './WordList.ts'

const ADDRESS_AT = 12
/** An address begins with few zeros; a number of so many bytes does. */
const LEAST_ADDRESS_BYTES = 17

/** Writes words that nothing before says: as numbers, or as addresses or words of the dictionary. */
export class ToldWordWriter {
  readonly #dictionary: Dictionary
  readonly #index: DictionaryIndex
  readonly #columns: ColumnWriters

  constructor(dictionary: Dictionary, index: DictionaryIndex, columns: ColumnWriters) {
    this.#dictionary = dictionary
    this.#index = index
    this.#columns = columns
  }

  /** Writes the word at `at` and adds it to the list; its index there. */
  add(source: Uint8Array, at: number, list: WordList): number {
    const listed = list.push(source, at, 32)
    const length = significantBytes(source, at)
    if (length >= LEAST_ADDRESS_BYTES && length <= 20) {
      const id = this.#address(source, at)
      if (listed >= 0) list.addressIds[listed] = id
    } else if (length > 20 && this.#isWorthNumber(source, at)) {
      const id = this.#word(source, at)
      if (listed >= 0) list.wordIds[listed] = id
    } else this.number(source, at + 32 - length, length)
    return listed
  }

  /** Writes `length` bytes, which begin with no zero. */
  number(source: Uint8Array, at: number, length: number): void {
    this.#columns.kinds.u8(length)
    this.#columns.words.copy(source, at, at + length)
  }

  #isWorthNumber(source: Uint8Array, at: number): boolean {
    if (this.#index.words.find(source, at) >= 0) return true
    return this.#dictionary.words.count < MAX_WORDS / 2 && this.#index.wasSeen(source, at)
  }

  #address(source: Uint8Array, at: number): number {
    this.#columns.kinds.u8(TOLD_ADDRESS)
    const { addresses: table } = this.#dictionary
    return writeAddress(this.#columns, { table, index: this.#index.addresses }, source, at + ADDRESS_AT)
  }

  #word(source: Uint8Array, at: number): number {
    this.#columns.kinds.u8(TOLD_WORD)
    const { words: table } = this.#dictionary
    return writeWord(this.#columns, { table, index: this.#index.words }, source, at)
  }
}
