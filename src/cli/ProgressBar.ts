const WIDTH = 30
/** A terminal is written to at most so often, anything else (a file, a pipe) more seldom. */
const TERMINAL_INTERVAL_MS = 100
const LINE_INTERVAL_MS = 5000

type Output = { write(text: string): unknown; isTTY?: boolean }

/** Shows how far long work has come: a bar that moves on a terminal, a line now and then elsewhere. */
export class ProgressBar {
  readonly #out: Output
  readonly #nowMs: () => number
  #what = ''
  #startMs = 0
  #nextMs = 0
  #isShown = false

  constructor(out: Output, nowMs: () => number) {
    this.#out = out
    this.#nowMs = nowMs
  }

  show({ what, done, total }: { what: string; done: number; total: number }): void {
    const nowMs = this.#nowMs()
    if (what !== this.#what) {
      this.end()
      this.#what = what
      this.#startMs = nowMs
      // Work that is done at once needs no bar.
      this.#nextMs = nowMs + TERMINAL_INTERVAL_MS
    }
    if (nowMs < this.#nextMs) return
    const share = total <= 0 ? 1 : Math.min(1, done / total)
    const elapsedS = (nowMs - this.#startMs) / 1000
    const left = share < 0.02 || share === 1 ? '' : `, ${Math.ceil((elapsedS / share) * (1 - share))} s left`
    const figures = `${String(Math.floor(share * 100)).padStart(3)} %  ${elapsedS.toFixed(0)} s${left}`
    const isTerminal = this.#out.isTTY === true
    const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░')
    this.#out.write(isTerminal ? `\r\x1b[2K${what}  ${bar} ${figures}` : `${what}: ${figures}\n`)
    this.#isShown = isTerminal
    this.#nextMs = nowMs + (isTerminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS)
  }

  /** Takes the bar away, so that what is written next stands in a line of its own. */
  end(): void {
    if (this.#isShown) this.#out.write('\r\x1b[2K')
    this.#isShown = false
    this.#what = ''
  }
}
