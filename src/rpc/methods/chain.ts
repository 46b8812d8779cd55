import type { ChainView } from '../ChainView.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method } from '../method.ts'
import { behindMs, HEAD_LAG_LIMIT_MS } from '../NodeStatus.ts'

/** About the chain as a whole. */
export const CHAIN_METHODS: Record<string, Method> = {
  eth_chainId: method([], ({ view }) => hexQuantity(view.chainId)),
  eth_blockNumber: method([], ({ view }) => hexQuantity(view.headNumber)),
  eth_syncing: method([], ({ view }) => syncing(view)),
  eth_coinbase: method([], ({ view }) => hexData(view.getBlock({ number: view.headNumber })!.coinbase)),
  // Nobody mines.
  eth_mining: method([], () => false),
  eth_hashrate: method([], () => '0x0'),
}

/** False, or how far a follower is. What it is behind is known in mini-blocks, once it has begun: in blocks, at least one. */
function syncing(view: ChainView): object | false {
  const { role, following } = view.nodeStatus()
  if (role === 'sequencer') return false
  if (following !== undefined && behindMs(following) <= HEAD_LAG_LIMIT_MS) return false
  const { newest } = view.miniBlocks
  return {
    startingBlock: '0x0',
    currentBlock: hexQuantity(view.headNumber),
    highestBlock: hexQuantity(view.headNumber + 1n),
    currentMiniBlock: hexQuantity(newest),
    highestMiniBlock: hexQuantity(newest + (following?.lagMiniBlocks ?? 0n)),
  }
}
