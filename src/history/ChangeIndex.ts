import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES } from '../protocol/index.ts'
import { type RunLimits, termOf } from './LogRun.ts'
import type { ChangedEntries } from './ReverseDiff.ts'
import type { SaltedHash } from './SaltedHash.ts'
import { TermIndex, type TermSource } from './TermIndex.ts'
import type { HistoryRoot } from './tables.ts'
import { ACCOUNT_KEY, SLOT_KEY, termBytes } from './terms.ts'

/**
 * Which blocks changed an account or a slot: so that the first one behind a block is found without a look at each. An
 * index of terms whose terms are the keys of reverse diffs.
 *
 * Oracle: a look at every block, ReverseDiff.test.ts.
 */
export class ChangeIndex {
  readonly #terms: TermIndex
  readonly #hash: SaltedHash

  constructor(
    root: HistoryRoot,
    options: { folder: string; hash: SaltedHash; limits: RunLimits; source: TermSource },
  ) {
    this.#hash = options.hash
    this.#terms = new TermIndex(root, { ...options, name: 'change' })
  }

  /** Newest block that is wholly indexed. */
  get indexedNumber(): bigint | undefined {
    return this.#terms.indexedNumber
  }

  work(): Promise<void> {
    return this.#terms.work()
  }

  close(): void {
    this.#terms.close()
  }

  /** See TermIndex. */
  cut(number: bigint): void {
    this.#terms.cut(number)
  }

  /** See TermIndex. */
  clear(): void {
    this.#terms.clear()
  }

  removals(): Generator<void, void> {
    return this.#terms.removals()
  }

  /** Forgets some of what is before a block; in a batch. */
  removeBefore(number: bigint): void {
    this.#terms.removeRunBefore(number)
  }

  /**
   * The first block from `from` on that may have changed what has this key; the first that is not indexed, if none
   * before it has. `from` is one of the blocks with reverse diffs, or later.
   */
  firstFrom(kind: number, key: Uint8Array, from: bigint): bigint {
    const { indexedNumber } = this
    if (indexedNumber === undefined || from > indexedNumber) return from
    this.#hash.hash(kind, key, 0, key.length)
    const term = termOf(this.#hash)
    for (const { first, places } of this.#terms.search([[term]], from, indexedNumber)) {
      if (places === undefined) return first
      const [place] = places
      if (place !== undefined) return place.number
    }
    return indexedNumber + 1n
  }
}

/** The terms of what a block changed: high and low of each key's hash in turn. */
export function changeTerms(hash: SaltedHash, { accounts, slots }: ChangedEntries): Uint32Array {
  const count = accounts.length / DIFF_ACCOUNT_BYTES + slots.length / DIFF_SLOT_BYTES
  const terms = new Uint32Array(2 * count)
  let next = 0
  const add = (kind: number, bytes: Uint8Array, at: number): void => {
    hash.hash(kind, bytes, at, termBytes(kind))
    terms[next++] = hash.high
    terms[next++] = hash.low
  }
  for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) add(ACCOUNT_KEY, accounts, at)
  for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES) add(SLOT_KEY, slots, at)
  return terms
}
