import { concatBytes } from '../lib/index.ts'
import { numberKey, readNumber, type Table } from './tables.ts'

/** The blocks above `number`, -1 for all, are given up; `branch`: of those that come after it, see SealedPlace. */
export type Cut = { number: bigint; branch: bigint }

/**
 * On which branch the database is. Removing blocks takes several commits, and what is left between two of them may lack
 * blocks with which its branch begins; so the first says what is being removed, and whoever opens the database goes on.
 *
 * Of `meta`, integers big-endian: `branch` → u64 branch, none: 0 · `cut` → u64 first number that is given up, u64 branch
 * from there on, while blocks are removed.
 */
export class CommittedBranch {
  readonly #meta: Table
  #number: bigint
  #cut: Cut | undefined

  constructor(meta: Table) {
    this.#meta = meta
    const branch = meta.getBinary(BRANCH_KEY)
    this.#number = branch === undefined ? 0n : readNumber(branch)
    const cut = meta.getBinary(CUT_KEY)
    if (cut !== undefined) this.#cut = { number: readNumber(cut) - 1n, branch: readNumber(cut.subarray(8)) }
  }

  get number(): bigint {
    return this.#number
  }

  get unfinishedCut(): Cut | undefined {
    return this.#cut
  }

  /** In the batch that puts all blocks with which the branch begins, as far as they are missing. */
  put(number: bigint): void {
    if (number === this.#number) return
    this.#meta.put(BRANCH_KEY, numberKey(number))
    this.#number = number
  }

  /** In the batch that removes the first block; the database has block `cut.number`, unless it begins later. */
  beginCut(cut: Cut): void {
    this.#cut = cut
    this.#meta.put(CUT_KEY, concatBytes(numberKey(cut.number + 1n), numberKey(cut.branch)))
  }

  /** In the batch that removes the last one. */
  endCut(): void {
    if (this.#cut === undefined) return
    this.put(this.#cut.branch)
    this.#meta.remove(CUT_KEY)
    this.#cut = undefined
  }
}

const BRANCH_KEY: Uint8Array = new TextEncoder().encode('branch')
const CUT_KEY: Uint8Array = new TextEncoder().encode('cut')
