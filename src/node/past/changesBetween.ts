import type { BlockHistory, ReverseDiff } from '../../history/index.ts'
import { nextTurn } from '../../lib/index.ts'

/** Blocks that are looked at in one turn. */
const BLOCKS_PER_TURN = 64

/**
 * What stood after block `from` where the sealed ones behind it, up to `to`, have changed something. Undefined where that
 * is not kept.
 *
 * @param check - gets how many accounts and slots it is so far, and may throw.
 */
export async function changesBetween(
  history: BlockHistory,
  { from, to, check }: { from: bigint; to: bigint; check: (count: number) => void },
): Promise<ReverseDiff | undefined> {
  const before = history.newReverseDiff()
  for (let later = from + 1n; later <= to; later++) {
    if (history.stateBefore(later) === undefined) return undefined
    for (const { accounts, slots } of history.changesOf(later)) before.add({ accounts, slots, codes: [] })
    check(before.accounts.count + before.slots.count)
    if (later % BigInt(BLOCKS_PER_TURN) === 0n) await nextTurn()
  }
  return before
}
