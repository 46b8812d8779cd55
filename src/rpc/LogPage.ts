import type { RpcLimits } from './limits.ts'

/** Logs are joined when there are so many characters of them. */
const CHUNK_CHARACTERS = 64 * 1024

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

  /** The JSON array. */
  json(): string {
    this.#join()
    return `[${this.#chunks.join(',')}]`
  }

  #join(): void {
    if (this.#texts.length > 0) this.#chunks.push(this.#texts.join(','))
    this.#texts = []
    this.#charactersOfChunk = 0
  }
}
