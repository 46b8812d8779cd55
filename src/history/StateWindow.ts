import { ChangeIndex, changeTerms } from './ChangeIndex.ts'
import type { Edges } from './Edges.ts'
import type { RunLimits } from './LogRun.ts'
import type { RecentBlocks } from './RecentBlocks.ts'
import { RecentUndo } from './RecentUndo.ts'
import { type ChangedEntries, type ReverseDiff, type StateBefore, slotKeyOf } from './ReverseDiff.ts'
import type { ReverseDiffTable } from './ReverseDiffTable.ts'
import type { SaltedHash } from './SaltedHash.ts'
import type { TermSource } from './TermIndex.ts'
import type { HistoryRoot } from './tables.ts'
import { ACCOUNT_KEY, SLOT_KEY } from './terms.ts'

/** Old reverse diffs that may go when a block comes: two, so that a window that has become smaller is reached. */
const REMOVED_PER_BLOCK = 2
/** With a larger window an index tells where something changed; a smaller one is looked through. */
const UNINDEXED_STATE_WINDOW = 256

export type StateWindowOptions = {
  /** Blocks of which the state before them is kept: the newest ones. Infinity: all. */
  size: number
  edges: Edges
  uncommitted: RecentBlocks
  table: ReverseDiffTable
  folder: string
  hash: SaltedHash
  limits: RunLimits
}

/** The newest blocks, of which the values before are kept: in memory, and in the database from when they are committed. */
export class StateWindow {
  readonly #size: number
  readonly #edges: Edges
  readonly #uncommitted: RecentBlocks
  readonly #table: ReverseDiffTable
  readonly #recent = new RecentUndo()
  /** Where something changed; undefined where the window is small. */
  readonly changes: ChangeIndex | undefined
  /** Oldest block from which on all have a reverse diff. */
  #from: bigint | undefined
  /** The reverse diffs of all blocks behind it stay. */
  #pinned: bigint | undefined

  constructor(root: HistoryRoot, options: StateWindowOptions) {
    const { size, edges, uncommitted, table, folder, hash, limits } = options
    this.#size = size
    this.#edges = edges
    this.#uncommitted = uncommitted
    this.#table = table
    this.#from = table.firstNumber
    if (size > UNINDEXED_STATE_WINDOW)
      this.changes = new ChangeIndex(root, { folder, hash, limits, source: this.#source(hash) })
  }

  /** Oldest block from which on all have a reverse diff. */
  get from(): bigint | undefined {
    return this.#from
  }

  /** The reverse diffs of the blocks behind this one stay, whatever the window; undefined: of none. */
  pin(number: bigint | undefined): void {
    this.#pinned = number
  }

  /** The newest block, and what stood before it; undefined: that is not kept. */
  append(number: bigint, undo: ReverseDiff | undefined): void {
    if (undo === undefined) this.#from = number + 1n
    else this.#recent.add(number, undo)
    this.#from ??= number
    if (this.#size === Number.POSITIVE_INFINITY) return
    const from = number - BigInt(this.#size) + 1n
    if (from > this.#from) this.#from = from
    this.#recent.removeBefore(this.#from)
  }

  /** The blocks above `number` are given up. */
  cut(number: bigint): void {
    this.#recent.removeAfter(number)
    if (this.#edges.first === undefined) this.#from = undefined
    else if (this.#from !== undefined && this.#from > number + 1n) this.#from = number + 1n
  }

  /** Removes some of what is before the window, as `blockCount` blocks come; in a batch. */
  removeOld(blockCount: number): void {
    const { committed } = this.#edges
    if (committed === undefined) return
    // What is not committed yet can't be read back, and is removed later.
    const committedEnd = committed + 1n
    const unpinned = this.#pinned === undefined ? this.#from! : this.#pinned + 1n
    const from = this.#from! < unpinned ? this.#from! : unpinned
    const end = from < committedEnd ? from : committedEnd
    this.#table.removeBefore(end, REMOVED_PER_BLOCK * blockCount)
    this.changes?.removeBefore(end)
  }

  stateBefore(number: bigint): StateBefore | undefined {
    if (this.#from === undefined || number < this.#from || !this.#edges.has(number)) return undefined
    return this.#inMemory(number) ?? this.#table.stateBefore(number)
  }

  hasChangesOf(number: bigint): boolean {
    return this.#edges.has(number) && (this.#inMemory(number) !== undefined || this.#table.has(number))
  }

  changesOf(number: bigint): Iterable<ChangedEntries> {
    const recent = this.#inMemory(number)
    return recent === undefined ? this.#table.changesOf(number) : [recent.entries]
  }

  nextAccountChange(address: Uint8Array, from: bigint): bigint {
    return this.changes?.firstFrom(ACCOUNT_KEY, address, from) ?? from
  }

  nextSlotChange(address: Uint8Array, key: Uint8Array, from: bigint): bigint {
    return this.changes?.firstFrom(SLOT_KEY, slotKeyOf(address, key), from) ?? from
  }

  oldCode(hash: Uint8Array): Uint8Array | undefined {
    for (const { undo } of this.#uncommitted.all()) {
      const code = undo?.code(hash)
      if (code !== undefined) return code
    }
    return this.#table.code(hash)
  }

  /** Of the index: keys of what committed blocks changed. Blocks before the window have nothing that could be found. */
  #source(hash: SaltedHash): TermSource {
    const window = this
    return {
      get firstNumber() {
        return window.#edges.committed === undefined ? undefined : window.#from
      },
      get headNumber() {
        return window.#edges.committed
      },
      *termsOf(number) {
        if (number < window.#from!) return
        for (const changed of window.#table.changesOf(number)) yield changeTerms(hash, changed)
      },
    }
  }

  #inMemory(number: bigint): ReverseDiff | undefined {
    return this.#recent.get(number) ?? this.#uncommitted.byNumber(number)?.undo
  }
}
