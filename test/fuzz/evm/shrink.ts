import { type FuzzCase, sizeOfCase } from './FuzzCase.ts'
import { type Item, push, pushedValue } from './items.ts'

const DEFAULT_TRIES = 2000

/** The difference that a changed case still shows, if it does. */
export type Recheck<Difference> = (
  changed: FuzzCase,
) => Difference | undefined | Promise<Difference | undefined>

type Accept<Changed> = (changed: Changed) => Promise<boolean>

/** Leaves out of a case what the difference does not need, as far as some tries get. */
export async function shrink<Difference>(
  found: { fuzzCase: FuzzCase; difference: Difference },
  recheck: Recheck<Difference>,
  maxTries: number = DEFAULT_TRIES,
): Promise<{ fuzzCase: FuzzCase; difference: Difference }> {
  let best = found
  let tries = maxTries
  const accept: Accept<FuzzCase> = async (changed) => {
    if (tries-- <= 0) return false
    const difference = await recheck(changed)
    if (difference) best = { fuzzCase: changed, difference }
    return difference !== undefined
  }
  let before: number
  do {
    before = sizeOfCase(best.fuzzCase)
    await shrinkSurroundings(() => best.fuzzCase, accept)
    for (const index of best.fuzzCase.contracts.keys()) {
      const items = best.fuzzCase.contracts[index]!.items
      await shrinkItems(items, (fewer) => accept(withItems(best.fuzzCase, index, fewer)))
    }
  } while (sizeOfCase(best.fuzzCase) < before && tries > 0)
  return best
}

function withItems(fuzzCase: FuzzCase, index: number, items: readonly Item[]): FuzzCase {
  const contracts = fuzzCase.contracts.map((contract, i) => (i === index ? { ...contract, items } : contract))
  return { ...fuzzCase, contracts }
}

/** Everything but the code. */
async function shrinkSurroundings(current: () => FuzzCase, accept: Accept<FuzzCase>): Promise<void> {
  while (
    current().contracts.length > 1 &&
    (await accept({ ...current(), contracts: current().contracts.slice(0, -1) }))
  ) {
    // One contract less.
  }
  for (const index of current().contracts.keys()) {
    const contracts = current().contracts.map((each, i) => (i === index ? { ...each, storage: [] } : each))
    if (current().contracts[index]!.storage.length > 0) await accept({ ...current(), contracts })
  }
  for (let { length } = current().data; length > 0; length >>= 1) {
    await accept({ ...current(), data: current().data.subarray(0, length >> 1) })
  }
  if (current().data.some((byte) => byte !== 0))
    await accept({ ...current(), data: new Uint8Array(current().data.length) })
  if (current().value !== 0n) await accept({ ...current(), value: 0n })
  if (current().parentHashPending) await accept({ ...current(), parentHashPending: false })
  if (current().fork !== 'Osaka') await accept({ ...current(), fork: 'Osaka' })
}

/** Drops runs of items, halves first, then simplifies those that stay. */
async function shrinkItems(items: readonly Item[], accept: Accept<readonly Item[]>): Promise<void> {
  let best = items
  const attempt: Accept<readonly Item[]> = async (changed) => {
    if (!(await accept(changed))) return false
    best = changed
    return true
  }
  for (let size = Math.max(1, best.length >> 1); size >= 1; size >>= 1) {
    for (let start = 0; start < best.length; ) {
      if (!(await attempt([...best.slice(0, start), ...best.slice(start + size)]))) start += size
    }
  }
  for (let index = 0; index < best.length; index++) {
    const put: Accept<Item> = (item) => attempt([...best.slice(0, index), item, ...best.slice(index + 1)])
    const item = best[index]!
    if (item.kind === 'code') await shrinkItems(item.items, (inner) => put({ ...item, items: inner }))
    else for (const candidate of simpler(item)) if (await put(candidate)) break
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
