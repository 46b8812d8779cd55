import { ADDRESS_TERM, bloomContains } from '../protocol/index.ts'
import { blockOf, type Term, termOf } from './LogRun.ts'
import type { SaltedHash } from './SaltedHash.ts'

/** Which logs: any of `addresses`, and at each position any of the topics; an empty list means all. */
export type LogQuery = { addresses: readonly Uint8Array[]; topics: readonly (readonly Uint8Array[])[] }

/** A search stops to look further where so few parts are left: to read them is cheaper than the index of a busy term. */
const FEW_PARTS = 4

/** Alternatives of which a log must have one. */
export type Criterion = readonly Term[]

/**
 * What a log must have to match, in the order in which it is looked for; empty if every log may match. The fewest
 * alternatives come first; of as many, the later topics before the address and the first topic, which busy contracts
 * have in every log.
 */
export function criteriaOf({ addresses, topics }: LogQuery, hash: SaltedHash): Criterion[] {
  const termOfItem = (kind: number) => (item: Uint8Array) => {
    hash.hash(kind, item, 0, item.length)
    return termOf(hash)
  }
  const [firstTopic, ...laterTopics] = topics.map((items, kind) => items.map(termOfItem(kind)))
  const criteria = [...laterTopics.reverse(), addresses.map(termOfItem(ADDRESS_TERM)), firstTopic ?? []]
  return criteria.filter(({ length }) => length > 0).sort((a, b) => a.length - b.length)
}

/**
 * The positions that may hold a term of every criterion, ascending; the logs there decide.
 *
 * @param find - the positions of one term.
 */
export function matchCriteria(criteria: readonly Criterion[], find: (term: Term) => number[]): number[] {
  let matched: number[] | undefined
  for (const criterion of criteria) {
    const positions = union(criterion.map(find))
    matched = matched === undefined ? positions : intersection(matched, positions)
    if (matched.length <= FEW_PARTS) break
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
