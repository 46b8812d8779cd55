/** How long a thread stays awake for work that was announced, in ms: a signature recovery and some. */
const SPIN_MS = 0.5

/**
 * Wakes a thread that sleeps in {@link Signal.wait}. Built on shared memory, since a sleeping thread runs no event
 * loop. A wake between {@link Signal.mark} and {@link Signal.wait} is not lost: wait then returns at once.
 */
export class Signal {
  readonly memory: SharedArrayBuffer
  /** Cell 0 counts wakes, cell 1 announcements that stand. */
  readonly #cells: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory
    this.#cells = new Int32Array(memory)
  }

  wake(): void {
    Atomics.add(this.#cells, 0, 1)
    Atomics.notify(this.#cells, 0)
  }

  /**
   * Work will follow in a moment: the thread wakes now and does not go back to sleep. Waking takes some 50 µs, and a
   * core that has slept is half as fast at first; both pass while the work is made ready.
   */
  announce(): void {
    Atomics.add(this.#cells, 1, 1)
    this.wake()
  }

  /** Ends an announcement, whether the work came or not. */
  withdraw(): void {
    Atomics.sub(this.#cells, 1, 1)
  }

  /** Read before looking for work, and given to {@link Signal.wait} after. */
  mark(): number {
    return Atomics.load(this.#cells, 0)
  }

  /** Sleeps until a wake after `mark`, at most `timeoutMs` (may be infinite; fractions count). May wake up 0.1 ms late. */
  wait(mark: number, timeoutMs: number): void {
    if (timeoutMs <= 0 || (this.#isAnnounced() && this.spin(mark, SPIN_MS))) return
    Atomics.wait(this.#cells, 0, mark, timeoutMs)
  }

  /**
   * Stays awake until a wake after `mark`, at most `limitMs`; true if there was one. For waits that are shorter than
   * what it costs to sleep: waking a thread takes 50 to 100 µs of both threads on a virtual machine.
   */
  spin(mark: number, limitMs: number): boolean {
    const endMs = performance.now() + limitMs
    while (Atomics.load(this.#cells, 0) === mark) {
      if (performance.now() > endMs) return false
    }
    return true
  }

  #isAnnounced(): boolean {
    return Atomics.load(this.#cells, 1) > 0
  }
}
