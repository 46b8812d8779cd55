import { hexData, hexQuantity } from '../format.ts'
import { type Method, method } from '../method.ts'
import { syncingJson } from '../syncing.ts'

/** About the chain as a whole. */
export const CHAIN_METHODS: Record<string, Method> = {
  eth_chainId: method([], ({ view }) => hexQuantity(view.chainId)),
  eth_blockNumber: method([], ({ view }) => hexQuantity(view.headNumber)),
  eth_syncing: method([], ({ view }) => syncingJson(view)),
  eth_coinbase: method([], ({ view }) => hexData(view.getBlock({ number: view.headNumber })!.coinbase)),
  // Nobody mines.
  eth_mining: method([], () => false),
  eth_hashrate: method([], () => '0x0'),
}
