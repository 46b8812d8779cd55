import { type FuzzCase, sizeOfCase } from './FuzzCase.ts'
import { type Item, push, pushedValue } from './items.ts'
import type { Difference, TierDuel } from './TierDuel.ts'

const DEFAULT_TRIES = 2000

/** Leaves out of a case what the difference does not need, as far as some tries get. */
export function shrink(
  duel: TierDuel,
  found: { fuzzCase: FuzzCase; difference: Difference },
  maxTries: number = DEFAULT_TRIES,
): { fuzzCase: FuzzCase; difference: Difference } {
  let best = found
  let tries = maxTries
  const accept = (changed: FuzzCase): boolean => {
    if (tries-- <= 0) return false
    const difference = duel.recheck(changed, found.difference)
    if (difference) best = { fuzzCase: changed, difference }
    return difference !== undefined
  }
  let before: number
  do {
    before = sizeOfCase(best.fuzzCase)
    shrinkSurroundings(() => best.fuzzCase, accept)
    for (const index of best.fuzzCase.contracts.keys()) {
      const items = best.fuzzCase.contracts[index]!.items
      shrinkItems(items, (fewer) => accept(withItems(best.fuzzCase, index, fewer)))
    }
  } while (sizeOfCase(best.fuzzCase) < before && tries > 0)
  return best
}

function withItems(fuzzCase: FuzzCase, index: number, items: readonly Item[]): FuzzCase {
  const contracts = fuzzCase.contracts.map((contract, i) => (i === index ? { ...contract, items } : contract))
  return { ...fuzzCase, contracts }
}

/** Everything but the code. */
function shrinkSurroundings(current: () => FuzzCase, accept: (changed: FuzzCase) => boolean): void {
  while (
    current().contracts.length > 1 &&
    accept({ ...current(), contracts: current().contracts.slice(0, -1) })
  ) {
    // One contract less.
  }
  for (const index of current().contracts.keys()) {
    const contracts = current().contracts.map((each, i) => (i === index ? { ...each, storage: [] } : each))
    if (current().contracts[index]!.storage.length > 0) accept({ ...current(), contracts })
  }
  for (let { length } = current().data; length > 0; length >>= 1) {
    accept({ ...current(), data: current().data.subarray(0, length >> 1) })
  }
  if (current().data.some((byte) => byte !== 0))
    accept({ ...current(), data: new Uint8Array(current().data.length) })
  if (current().value !== 0n) accept({ ...current(), value: 0n })
  if (current().parentHashPending) accept({ ...current(), parentHashPending: false })
  if (current().fork !== 'Osaka') accept({ ...current(), fork: 'Osaka' })
}

/** Drops runs of items, halves first, then simplifies those that stay. */
function shrinkItems(items: readonly Item[], accept: (items: readonly Item[]) => boolean): void {
  let best = items
  const attempt = (changed: readonly Item[]): boolean => {
    if (!accept(changed)) return false
    best = changed
    return true
  }
  for (let size = Math.max(1, best.length >> 1); size >= 1; size >>= 1) {
    for (let start = 0; start < best.length; ) {
      if (!attempt([...best.slice(0, start), ...best.slice(start + size)])) start += size
    }
  }
  for (let index = 0; index < best.length; index++) {
    const put = (item: Item): boolean => attempt([...best.slice(0, index), item, ...best.slice(index + 1)])
    const item = best[index]!
    if (item.kind === 'code') shrinkItems(item.items, (inner) => put({ ...item, items: inner }))
    else simpler(item).some(put)
  }
}

/** What may stand for an item, simplest first. */
function simpler(item: Item): Item[] {
  if (item.kind === 'pushLabel' && item.width !== 2) return [{ ...item, width: 2 }]
  const value = pushedValue(item)
  if (value === undefined) return []
  const candidates = [0n, 1n, 32n, value & 0xffn, value & 0xffffn].filter((candidate) => candidate < value)
  if (item.kind === 'op' && push(value).kind === 'op' && item.data.length > 1) candidates.push(value)
  return candidates.map((candidate) => push(candidate))
}
