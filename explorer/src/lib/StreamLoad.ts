/** Characters in a second beyond which the stream is left. */
const MOST_CHARACTERS = 6_000_000
/** How much later than the quickest mini-blocks may come before it is left: the page has fallen behind. */
const MOST_LATE_MS = 2_000
/** Transactions in a second below which it is taken up again. */
const FEW_TRANSACTIONS = 1_500

type Second = {
  /** Characters that have come. */
  characters: number
  /** Transactions of the chain, as far as is known. */
  transactions: number
}

/** Decides each second whether the stream of mini-blocks is followed, or is more than this device can show. */
export class StreamLoad {
  #isTooMuch = false
  /** The least delay so far: two machines' clocks may differ by that. */
  #leastMs = Number.POSITIVE_INFINITY
  #newestMs = Number.NEGATIVE_INFINITY
  /** Transactions that came in this second. */
  #arrived = 0
  #resumeBelow = FEW_TRANSACTIONS

  /** A mini-block came, so long after its sealing. */
  note(delayMs: number, transactions: number): void {
    this.#leastMs = Math.min(this.#leastMs, delayMs)
    this.#newestMs = delayMs
    this.#arrived += transactions
  }

  /** Whether more comes than can be shown. */
  isTooMuch({ characters, transactions }: Second): boolean {
    const arrived = this.#arrived
    this.#arrived = 0
    if (this.#isTooMuch) this.#isTooMuch = transactions >= this.#resumeBelow
    else if (characters > MOST_CHARACTERS) this.#leave(FEW_TRANSACTIONS)
    // What has come is as much as the page has managed.
    else if (this.#newestMs - this.#leastMs > MOST_LATE_MS)
      this.#leave(Math.min(FEW_TRANSACTIONS, Math.max(1, arrived / 2)))
    return this.#isTooMuch
  }

  /** Another chain, or another connection. */
  restart(): void {
    this.#leastMs = Number.POSITIVE_INFINITY
    this.#newestMs = Number.NEGATIVE_INFINITY
  }

  #leave(resumeBelow: number): void {
    this.#isTooMuch = true
    this.#resumeBelow = resumeBelow
    this.#newestMs = Number.NEGATIVE_INFINITY
  }
}
