import { hexQuantity } from '../format.ts'
import { type Method, method } from '../method.ts'

/** About the chain as a whole. */
export const CHAIN_METHODS: Record<string, Method> = {
  eth_chainId: method([], ({ view }) => hexQuantity(view.chainId)),
  eth_blockNumber: method([], ({ view }) => hexQuantity(view.headNumber)),
  eth_syncing: method([], () => false),
}
