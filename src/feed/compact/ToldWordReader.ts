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
  /** The last word for which the list had no room. */
  readonly unlisted: DataView = new DataView(new ArrayBuffer(32))

  constructor(dictionary: Dictionary, columns: ColumnReaders) {
    this.#dictionary = dictionary
    this.#columns = columns
  }

  /** Reads a word and adds it to the list; its index there; -1 where that has no room: then it is {@link unlisted}. */
  next(list: WordList): number {
    const kind = this.#columns.kinds.u8()
    if (kind <= 32) return this.#number(kind, list)
    const { addresses, words } = this.#dictionary
    if (kind === TOLD_ADDRESS) {
      const id = readAddress(this.#columns, addresses)
      const listed = list.pushAddress(addresses.view, id * 20)
      if (listed < 0) this.#keep(addresses.bytes, id * 20, 20)
      else list.addressIds[listed] = id
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
    if (listed < 0) this.#keep(source, at, length)
    return listed
  }

  #keep(source: Uint8Array, at: number, length: number): void {
    for (let i = 0; i < 32; i += 4) this.unlisted.setInt32(i, 0)
    for (let i = 0; i < length; i++) this.unlisted.setUint8(32 - length + i, source[at + i]!)
  }
}
