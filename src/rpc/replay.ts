import { nextTurn } from '../lib/index.ts'
import { AccountTrail } from './AccountTrail.ts'
import type { ChainView } from './ChainView.ts'
import type { Outlet } from './Connection.ts'
import { resultsOfMiniBlock, resultsOfOpen } from './notifications.ts'
import type { Subscription } from './Subscription.ts'
import type { ReplayedTopic } from './topics.ts'

/**
 * Tells a subscription what it has missed, at its reader's pace, and makes it live: in the very turn in which it has all
 * that there is, so that nothing is missed in between and nothing is told twice.
 *
 * @throws MiniBlockPrunedError if its reader is so slow that the log is pruned before.
 */
export async function replay(
  subscription: Subscription,
  topic: ReplayedTopic,
  { view, from, outlet }: { view: ChainView; from: bigint; outlet: Outlet },
): Promise<void> {
  const { miniBlocks } = view
  let trail: AccountTrail | undefined
  for (let next = from; next <= miniBlocks.newest; ) {
    for await (const miniBlock of miniBlocks.read(next)) {
      if (topic.kind === 'stateChanges' && topic.addresses !== undefined)
        trail ??= await AccountTrail.before(miniBlock, { view, addresses: topic.addresses })
      const results = resultsOfMiniBlock(miniBlock, topic, { view, trail })
      for (const result of results) subscription.notify(miniBlock.number, result)
      if (subscription.hasEnded) return
      next = miniBlock.number + 1n
      subscription.enter(next)
      if (outlet.isBehind) await outlet.caughtUp()
      else await nextTurn()
      if (subscription.hasEnded) return
    }
  }
  const { open } = miniBlocks
  for (const result of resultsOfOpen(open, topic)) subscription.notify(open.number, result)
  subscription.isLive = true
}
