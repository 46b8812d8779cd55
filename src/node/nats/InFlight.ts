/** Bytes that are under way to the server at most; and what it has not answered for. */
const MAX_BYTES = 8 * 1024 * 1024

/** What is under way: bounded, and its first failure told at once and to whoever goes on. */
export class InFlight {
  readonly #onFailure: () => void
  #bytes = 0
  #failure: { error: unknown } | undefined
  readonly #waiting = new Set<Promise<void>>()

  constructor(onFailure: () => void) {
    this.#onFailure = onFailure
  }

  /** Ends when there is room for more; throws the first failure. */
  async add(bytes: number, sent: Promise<unknown>): Promise<void> {
    this.#bytes += bytes
    const done = sent.then(
      () => {
        this.#bytes -= bytes
        this.#waiting.delete(done)
      },
      (error: unknown) => this.fail(error),
    )
    this.#waiting.add(done)
    while (this.#bytes > MAX_BYTES && this.#failure === undefined) await Promise.race(this.#waiting)
    this.check()
  }

  fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#onFailure()
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
