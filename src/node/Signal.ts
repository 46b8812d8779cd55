/** How long a thread stays awake for work that was announced, in ms: a signature recovery and some. */
const SPIN_MS = 0.5
/** How long a thread stays awake for one that isn't seen at work, in ms: about what that one takes to wake. */
const GRACE_MS = 0.04

/**
 * Wakes a thread that sleeps in {@link Signal.wait}. Built on shared memory, since a sleeping thread runs no event
 * loop. A wake between {@link Signal.mark} and {@link Signal.wait} is not lost: wait then returns at once.
 */
export class Signal {
  readonly memory: SharedArrayBuffer
  /** Cell 0 counts wakes, cell 1 announcements that stand, cell 2 those whose thread was seen to go on after it. */
  readonly #cells: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(12)) {
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
    Atomics.add(this.#cells, 2, 1)
  }

  /** Ends an announcement, whether the work came or not. */
  withdraw(): void {
    Atomics.sub(this.#cells, 1, 1)
    Atomics.sub(this.#cells, 2, 1)
  }

  /** Read before looking for work, and given to {@link Signal.wait} after. */
  mark(): number {
    return Atomics.load(this.#cells, 0)
  }

  /** Sleeps until a wake after `mark`, at most `timeoutMs` (may be infinite; fractions count). May wake up 0.1 ms late. */
  wait(mark: number, timeoutMs: number): void {
    if (timeoutMs <= 0) return
    if (Atomics.load(this.#cells, 1) > 0 && this.#spinBeside(mark, SPIN_MS, this.#isAnnouncerSeen)) return
    Atomics.wait(this.#cells, 0, mark, timeoutMs)
  }

  /** As {@link Signal.wait}, without end, for a thread that runs an event loop. */
  async changed(mark: number): Promise<void> {
    await Atomics.waitAsync(this.#cells, 0, mark).value
  }

  /**
   * Waits for a wake after `mark` that a certain thread will give, at most `limitMs`: awake as long as that thread is seen
   * at work, asleep otherwise. It may want the very core that this thread is on, and staying awake would keep it from
   * its work.
   */
  waitFor(mark: number, limitMs: number, isSeenAtWork: () => boolean): void {
    const startMs = performance.now()
    if (this.#spinBeside(mark, limitMs, isSeenAtWork)) return
    const leftMs = startMs + limitMs - performance.now()
    if (leftMs > 0) Atomics.wait(this.#cells, 0, mark, leftMs)
  }

  /**
   * Stays awake until a wake after `mark`, at most `limitMs`. For waits that are shorter than what it costs to sleep:
   * waking a thread takes 50 to 100 µs of both threads on a virtual machine.
   */
  spin(mark: number, limitMs: number): void {
    this.#spinBeside(mark, limitMs, () => true)
  }

  /** As {@link Signal.spin}, but shortly only when the other thread isn't seen at work; true if there was a wake. */
  #spinBeside(mark: number, limitMs: number, isSeenAtWork: () => boolean): boolean {
    const startMs = performance.now()
    while (Atomics.load(this.#cells, 0) === mark) {
      const elapsedMs = performance.now() - startMs
      if (elapsedMs > limitMs || (elapsedMs > GRACE_MS && !isSeenAtWork())) return false
    }
    return true
  }

  readonly #isAnnouncerSeen = (): boolean => Atomics.load(this.#cells, 2) > 0
}
