/** A peer that gave what can't be right is left alone for so long. */
export const BAN_MS: number = 10 * 60_000
/** Further ones push out the oldest. */
const MAX_BANS = 1024

/** Peers that are neither dialled nor let in for some time. */
export class Bans {
  readonly #untilMs = new Map<string, number>()

  /** How long: {@link BAN_MS}. */
  add(peer: string, nowMs: number): void {
    this.#untilMs.delete(peer)
    this.#untilMs.set(peer, nowMs + BAN_MS)
    if (this.#untilMs.size > MAX_BANS) this.#untilMs.delete(this.#untilMs.keys().next().value!)
  }

  has(peer: string, nowMs: number): boolean {
    const until = this.#untilMs.get(peer)
    if (until !== undefined && until <= nowMs) this.#untilMs.delete(peer)
    return until !== undefined && until > nowMs
  }

  get size(): number {
    return this.#untilMs.size
  }
}
