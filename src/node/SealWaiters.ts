import { SEALER_REQUEST_LIMIT, SealerBusyError } from './SealerClient.ts'

/** Those who wait until a block has its header. */
export class SealWaiters {
  readonly #waiting: { number: bigint; resolve: () => void }[] = []
  /** Of all who wait for the same block. */
  #shared: { number: bigint; promise: Promise<void> } | undefined

  /** Rejects with SealerBusyError when too many wait. */
  wait(number: bigint): Promise<void> {
    if (this.#waiting.length >= SEALER_REQUEST_LIMIT) return Promise.reject(new SealerBusyError())
    return new Promise((resolve) => this.#waiting.push({ number, resolve }))
  }

  /** The same; whoever asks for the block that was asked for last waits with the others. */
  waitTogether(number: bigint): Promise<void> {
    if (this.#shared?.number !== number) this.#shared = { number, promise: this.wait(number) }
    return this.#shared.promise
  }

  /** Blocks up to this one have their headers. */
  sealed(number: bigint): void {
    for (const waiter of this.#waiting.splice(0)) {
      if (waiter.number <= number) waiter.resolve()
      else this.#waiting.push(waiter)
    }
  }

  /** What they wait for is given up, or will never come. */
  resolveAll(): void {
    this.#shared = undefined
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }
}
