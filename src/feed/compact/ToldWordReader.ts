import { BodyError } from './BodyError.ts'
import type { ColumnReaders } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { readAddress, readWord } from './references.ts'
import { TOLD_ADDRESS, TOLD_WORD } from './toldWords.ts'
import type { WordList } from './WordList.ts'

/** Reads what a ToldWordWriter wrote. */
export class ToldWordReader {
  readonly #dictionary: Dictionary
  readonly #columns: ColumnReaders
  /** The word that was read last: it stands at `at`. */
  source: Uint8Array = new Uint8Array(32)
  at = 0
  readonly #word = new Uint8Array(32)

  constructor(dictionary: Dictionary, columns: ColumnReaders) {
    this.#dictionary = dictionary
    this.#columns = columns
  }

  /** Reads a word and adds it to the list; its index there. Where it has no room there, it is `source` at `at`. */
  next(list: WordList): number {
    const kind = this.#columns.kinds.u8()
    if (kind <= 32) return this.#number(kind, list)
    const { addresses, words } = this.#dictionary
    if (kind === TOLD_ADDRESS) {
      const id = readAddress(this.#columns, addresses)
      const listed = this.#push(list, addresses.bytes, id * 20, 20)
      if (listed >= 0) list.addressIds[listed] = id
      return listed
    }
    if (kind !== TOLD_WORD) throw new BodyError('VALUE', `a word of kind ${kind}`)
    const id = readWord(this.#columns, words)
    const listed = this.#push(list, words.bytes, id * 32, 32)
    if (listed >= 0) list.wordIds[listed] = id
    return listed
  }

  /** Reads a word that is a number. */
  number(list: WordList): number {
    const kind = this.#columns.kinds.u8()
    if (kind > 32) throw new BodyError('VALUE', 'a value is a number')
    return this.#number(kind, list)
  }

  #number(length: number, list: WordList): number {
    const { words } = this.#columns
    const at = words.take(length)
    return this.#push(list, words.bytes, at, length)
  }

  #push(list: WordList, source: Uint8Array, at: number, length: number): number {
    const listed = list.push(source, at, length)
    if (listed < 0) {
      this.#word.fill(0)
      for (let i = 0; i < length; i++) this.#word[32 - length + i] = source[at + i]!
      this.source = this.#word
      this.at = 0
    }
    return listed
  }
}
