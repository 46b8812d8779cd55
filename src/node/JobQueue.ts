import { ExecutionError } from '../rpc/index.ts'

/** Jobs that may wait. */
const WAITING_LIMIT = 16

/** Does one long job after another, each in turns. */
export class JobQueue {
  readonly #what: string
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @param what - in the plural, for the message of who finds it full. */
  constructor(what: string) {
    this.#what = what
  }

  /** @throws ExecutionError when too many wait. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#waiting === WAITING_LIMIT)
      throw new ExecutionError(`too many ${this.#what} are being made (limit ${WAITING_LIMIT})`)
    this.#waiting++
    const done = this.#last.then(job)
    this.#last = done.catch(() => {})
    try {
      return await done
    } finally {
      this.#waiting--
    }
  }
}
