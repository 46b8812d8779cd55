import type { ChainView } from './ChainView.ts'
import { hexQuantity } from './format.ts'
import { behindMs, HEAD_LAG_LIMIT_MS } from './NodeStatus.ts'
import type { SharedText } from './SharedText.ts'
import { resultText } from './Subscription.ts'

/** The answer of eth_syncing. */
export function syncingJson(view: ChainView): object | false {
  const progress = progressOf(view)
  if (progress === undefined) return false
  return Object.fromEntries(Object.entries(progress).map(([name, value]) => [name, hexQuantity(value)]))
}

/** What subscribers of `syncing` are told. Names and plain numbers are those that go-ethereum's encoder makes. */
export function syncingResult(view: ChainView): SharedText {
  const progress = progressOf(view)
  if (progress === undefined) return resultText(false)
  const status = Object.entries(progress).map(([name, value]) => [capitalised(name), Number(value)])
  return resultText({ syncing: true, status: Object.fromEntries(status) })
}

/** Whether a node is a follower that has not begun, or is further behind than what counts as being at the head. */
export function isSyncing(view: ChainView): boolean {
  const { role, following } = view.nodeStatus()
  if (role === 'sequencer') return false
  return following === undefined || behindMs(following) > HEAD_LAG_LIMIT_MS
}

/** How far such a follower is. What it is behind is known in mini-blocks, once it has begun: in blocks, at least one. */
function progressOf(view: ChainView): Record<string, bigint> | undefined {
  if (!isSyncing(view)) return undefined
  const { headNumber, miniBlocks } = view
  const lag = view.nodeStatus().following?.lagMiniBlocks ?? 0n
  return {
    startingBlock: 0n,
    currentBlock: headNumber,
    highestBlock: headNumber + 1n,
    currentMiniBlock: miniBlocks.newest,
    highestMiniBlock: miniBlocks.newest + lag,
  }
}

function capitalised(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
}
