import { bloomContains } from '../protocol/index.ts'
import { blockOf, type Term, termOf } from './LogRun.ts'
import { ADDRESS_TERM } from './receiptTerms.ts'
import type { SaltedHash } from './SaltedHash.ts'

/** Which logs: any of `addresses`, and at each position any of the topics; an empty list means all. */
export type LogQuery = { addresses: readonly Uint8Array[]; topics: readonly (readonly Uint8Array[])[] }

/** Alternatives of which a log must have one. */
export type Criterion = readonly Term[]

/** What a log must have to match, fewest alternatives first; empty if every log may match. */
export function criteriaOf({ addresses, topics }: LogQuery, hash: SaltedHash): Criterion[] {
  const termOfItem = (kind: number) => (item: Uint8Array) => {
    hash.hash(kind, item, 0, item.length)
    return termOf(hash)
  }
  const criteria = [
    addresses.map(termOfItem(ADDRESS_TERM)),
    ...topics.map((alternatives, kind) => alternatives.map(termOfItem(kind))),
  ]
  return criteria.filter(({ length }) => length > 0).sort((a, b) => a.length - b.length)
}

/**
 * The positions that hold a term of every criterion, ascending. A part that holds all of them need not have a log that
 * does: the logs decide.
 *
 * @param find - the positions of one term.
 */
export function matchCriteria(criteria: readonly Criterion[], find: (term: Term) => number[]): number[] {
  let matched: number[] | undefined
  for (const criterion of criteria) {
    const positions = union(criterion.map(find))
    matched = matched === undefined ? positions : intersection(matched, positions)
    if (matched.length === 0) break
  }
  return matched ?? []
}

/** Whether a block with this bloom (256 bytes) may hold a log that matches. */
export function bloomMayMatch(bloom: Uint8Array, { addresses, topics }: LogQuery): boolean {
  const mayHoldOneOf = (items: readonly Uint8Array[]): boolean =>
    items.length === 0 || items.some((item) => bloomContains(bloom, item))
  return mayHoldOneOf(addresses) && topics.every(mayHoldOneOf)
}

/** Those of ascending positions whose block is one of `first`..`last`. */
export function inBlocks(positions: readonly number[], first: number, last: number): number[] {
  return positions.filter((position) => blockOf(position) >= first && blockOf(position) <= last)
}

function union(lists: readonly number[][]): number[] {
  const all = lists.flat().sort((a, b) => a - b)
  return all.filter((position, i) => position !== all[i - 1])
}

function intersection(a: readonly number[], b: readonly number[]): number[] {
  const both: number[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const difference = a[i]! - b[j]!
    if (difference === 0) both.push(a[i]!)
    if (difference <= 0) i++
    if (difference >= 0) j++
  }
  return both
}
