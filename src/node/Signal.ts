/**
 * Wakes a thread that sleeps in {@link Signal.wait}. Built on shared memory, since a sleeping thread runs no event
 * loop. A wake between {@link Signal.mark} and {@link Signal.wait} is not lost: wait then returns at once.
 */
export class Signal {
  readonly memory: SharedArrayBuffer
  readonly #counter: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.memory = memory
    this.#counter = new Int32Array(memory)
  }

  wake(): void {
    Atomics.add(this.#counter, 0, 1)
    Atomics.notify(this.#counter, 0)
  }

  /** Read before looking for work, and given to {@link Signal.wait} after. */
  mark(): number {
    return Atomics.load(this.#counter, 0)
  }

  /** Sleeps until a wake after `mark`, at most `timeoutMs` (may be infinite; fractions count). */
  wait(mark: number, timeoutMs: number): void {
    if (timeoutMs > 0) Atomics.wait(this.#counter, 0, mark, timeoutMs)
  }
}
