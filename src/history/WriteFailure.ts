import { HistoryWriteError } from './errors.ts'

/** The first commit that the disk has refused: nothing is written after it. */
export class WriteFailure {
  readonly #folder: string
  #error: HistoryWriteError | undefined
  /** Rejects with the failure: after one, the database's own promises may stay unsettled. */
  readonly #failing = Promise.withResolvers<never>()

  constructor(folder: string) {
    this.#folder = folder
    // Who waits gets it; nobody need.
    this.#failing.promise.catch(() => {})
  }

  get error(): HistoryWriteError | undefined {
    return this.#error
  }

  /** @throws HistoryWriteError after a failure. */
  check(): void {
    if (this.#error !== undefined) throw this.#error
  }

  /** Notes a failure, and gives the first. */
  fail(cause: unknown): HistoryWriteError {
    this.#error ??= new HistoryWriteError(this.#folder, cause)
    this.#failing.reject(this.#error)
    return this.#error
  }

  /** Waits for `work`, and rejects as soon as there is a failure. */
  async orFail(work: Promise<unknown> | undefined): Promise<void> {
    await Promise.race([work, this.#failing.promise])
  }
}
