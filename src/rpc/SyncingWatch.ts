import type { ChainView } from './ChainView.ts'
import { isSyncing } from './syncing.ts'

/** How often is looked after whether a node has fallen behind or caught up, ms: no event says so. */
const LOOK_INTERVAL_MS = 1000
/** Of one that is behind, how far it is is told every so many looks: each minute, as go-ethereum does. */
const LOOKS_PER_PROGRESS = 60

/** Calls back when a node falls behind, again each minute while it is, and when it has caught up. */
export class SyncingWatch {
  readonly #view: ChainView
  readonly #tell: () => void
  #timer: NodeJS.Timeout | undefined
  #wasSyncing = false
  /** Since it was told last. */
  #looks = 0

  constructor(view: ChainView, tell: () => void) {
    this.#view = view
    this.#tell = tell
  }

  /** Begins with what is so now, which is not told; nothing if it has begun. */
  start(): void {
    if (this.#timer !== undefined) return
    this.#wasSyncing = isSyncing(this.#view)
    this.#looks = 0
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const isBehind = isSyncing(this.#view)
    this.#looks++
    if (isBehind === this.#wasSyncing && !(isBehind && this.#looks >= LOOKS_PER_PROGRESS)) return
    this.#wasSyncing = isBehind
    this.#looks = 0
    this.#tell()
  }
}
