/**
 * Pieces of bytes that have come and wait for their one reader. Whoever fills it looks at `waitingBytes` and stops while
 * there are too many.
 */
export class ByteInbox implements AsyncIterable<Uint8Array> {
  readonly #onTaken: () => void
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #end: { error: Error | undefined } | undefined
  #onChange = (): void => {}

  /** @param onTaken - hears when all that waited has been taken. */
  constructor(onTaken: () => void = () => {}) {
    this.#onTaken = onTaken
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  put(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#onChange()
  }

  /** Nothing more comes; the reader gets what waits, and then the error, if there is one. */
  end(error?: Error): void {
    this.#end ??= { error }
    this.#onChange()
  }

  /** All that waits, once something does; undefined at the end. */
  async take(): Promise<Uint8Array[] | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#end?.error !== undefined) throw this.#end.error
      if (this.#end !== undefined) return undefined
      await new Promise<void>((resolve) => {
        this.#onChange = resolve
      })
    }
    const taken = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    this.#onTaken()
    return taken
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (let taken = await this.take(); taken !== undefined; taken = await this.take()) yield* taken
  }
}
