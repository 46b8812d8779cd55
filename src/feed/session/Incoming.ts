import { concatBytes } from '../../lib/index.ts'
import type { FeedSourceError } from '../FeedSource.ts'
import { FeedSessionError } from './frames.ts'

export type IncomingOptions = {
  /** Bytes that the other side may send ahead. */
  credit: number
  /** Largest item. */
  maxItemBytes: number
  /** Lets the other side send so many bytes more. */
  grant: (bytes: number) => void
}

/** What comes for one request of a client: parts are put together to items, which wait until they are taken. */
export class Incoming {
  readonly #options: IncomingOptions
  /** `due`: its bytes for which credit is to be given once it is taken. */
  readonly #items: { bytes: Uint8Array; due: number }[] = []
  #parts: Uint8Array[] = []
  #partBytes = 0
  #due = 0
  /** Bytes that the other side may still send. */
  #credit: number
  /** Bytes that were taken, for which no credit was given yet. */
  #owed = 0
  #end: { error: FeedSourceError | undefined } | undefined
  #isDiscarded = false
  #onChange: (() => void) | undefined

  constructor(options: IncomingOptions) {
    this.#options = options
    this.#credit = options.credit
  }

  /** @throws FeedSessionError */
  addPart(bytes: Uint8Array, isLast: boolean): void {
    const { maxItemBytes } = this.#options
    this.#credit -= bytes.length
    if (this.#credit < 0) throw new FeedSessionError('CREDIT', `${-this.#credit} bytes too many`)
    if (this.#isDiscarded) return
    this.#partBytes += bytes.length
    if (this.#partBytes > maxItemBytes)
      throw new FeedSessionError('ITEM_TOO_LARGE', `more than ${maxItemBytes} bytes`)
    this.#parts.push(bytes)
    this.#due += bytes.length
    if (isLast) this.#complete()
    else this.#grantUnfinished()
  }

  /** Keeps nothing that comes from now on, nor lets the other side send more than it may already. */
  discard(): void {
    this.#isDiscarded = true
    this.#items.length = 0
    this.#parts = []
  }

  end(error?: FeedSourceError): void {
    this.#end ??= { error }
    this.#change()
  }

  /** The next item, in memory of its own; undefined at the end. */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#items.length === 0) {
      if (this.#end?.error !== undefined) throw this.#end.error
      if (this.#end !== undefined) return undefined
      await new Promise<void>((resolve) => (this.#onChange = resolve))
    }
    const { bytes, due } = this.#items.shift()!
    this.#owe(due)
    this.#grantUnfinished()
    return bytes
  }

  #complete(): void {
    this.#items.push({ bytes: concatBytes(...this.#parts), due: this.#due })
    this.#parts = []
    this.#partBytes = 0
    this.#due = 0
    this.#change()
  }

  /** An item may be larger than the credit, and nobody can take it before it is whole. */
  #grantUnfinished(): void {
    if (this.#items.length > 0) return
    this.#owe(this.#due)
    this.#due = 0
  }

  #owe(bytes: number): void {
    this.#owed += bytes
    const { credit, grant } = this.#options
    if (this.#owed < credit / 2) return
    this.#credit += this.#owed
    grant(this.#owed)
    this.#owed = 0
  }

  #change(): void {
    this.#onChange?.()
    this.#onChange = undefined
  }
}
