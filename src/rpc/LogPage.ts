import { LongText } from './LongText.ts'
import type { RpcLimits } from './limits.ts'
import { RawJson } from './RawJson.ts'

/** Logs are joined when there are so many characters of them. */
const CHUNK_CHARACTERS = 64 * 1024

/** More are not made one string. */
const LONG_CHARACTERS = 256 * 1024

/** Logs of one answer as JSON, as many as it may have. */
export class LogPage {
  count = 0
  /** Why the next log was not taken. */
  isFull: 'count' | 'characters' | undefined
  readonly #maxCount: number
  readonly #maxCharacters: number
  readonly #chunks: string[] = []
  #texts: string[] = []
  #characters = 0
  #charactersOfChunk = 0

  constructor({ maxLogsResults, maxAnswerBytes }: RpcLimits) {
    this.#maxCount = maxLogsResults
    this.#maxCharacters = maxAnswerBytes
  }

  /** False if there is no room, for this log and any other. */
  add(text: string): boolean {
    if (this.count >= this.#maxCount) this.isFull = 'count'
    else if (this.#characters + text.length > this.#maxCharacters && this.count > 0)
      this.isFull = 'characters'
    if (this.isFull !== undefined) return false
    this.count++
    this.#characters += text.length + 1
    this.#charactersOfChunk += text.length + 1
    this.#texts.push(text)
    if (this.#charactersOfChunk > CHUNK_CHARACTERS) this.#join()
    return true
  }

  /** The JSON array, with something before and behind. */
  json(before = '', behind = ''): RawJson | LongText {
    this.#join()
    if (this.#characters <= LONG_CHARACTERS)
      return new RawJson(`${before}[${this.#chunks.join(',')}]${behind}`)
    const pieces = this.#chunks.map((chunk, i) => (i === 0 ? chunk : `,${chunk}`))
    return new LongText(pieces).within(`${before}[`, `]${behind}`)
  }

  #join(): void {
    if (this.#texts.length > 0) this.#chunks.push(this.#texts.join(','))
    this.#texts = []
    this.#charactersOfChunk = 0
  }
}
