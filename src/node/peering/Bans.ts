/** A peer that gave what can't be right is left alone for so long; each time twice as long as before, up to the limit. */
const BAN_MS = 30_000
const BAN_LIMIT_MS: number = 10 * 60_000
/** So long after its end a ban is still remembered. */
const MEMORY_MS: number = 60 * 60_000
/** Further ones push out the oldest. */
const MAX_BANS = 1024

type Ban = { untilMs: number; lengthMs: number }

/** Peers that are neither dialled nor let in for some time. */
export class Bans {
  readonly #bans = new Map<string, Ban>()

  add(peer: string, nowMs: number): void {
    const before = this.#bans.get(peer)
    const isRepeated = before !== undefined && nowMs < before.untilMs + MEMORY_MS
    const lengthMs = isRepeated ? Math.min(2 * before.lengthMs, BAN_LIMIT_MS) : BAN_MS
    this.#bans.delete(peer)
    this.#bans.set(peer, { untilMs: nowMs + lengthMs, lengthMs })
    if (this.#bans.size > MAX_BANS) this.#bans.delete(this.#bans.keys().next().value!)
  }

  has(peer: string, nowMs: number): boolean {
    const ban = this.#bans.get(peer)
    return ban !== undefined && ban.untilMs > nowMs
  }

  /** Those that hold now. */
  count(nowMs: number): number {
    let count = 0
    for (const { untilMs } of this.#bans.values()) if (untilMs > nowMs) count++
    return count
  }
}
