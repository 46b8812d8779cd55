import { keccak256 } from '../../kernels/index.ts'
import { hexData } from '../format.ts'
import { type Method, method, required } from '../method.ts'
import { parseData } from '../params.ts'

const networkId = method([], ({ view }) => view.chainId.toString())

/** About the node and its network. */
export const WEB3_METHODS: Record<string, Method> = {
  // Hardhat's and Foundry's tools use a developer's methods only where the name begins with one that they know.
  web3_clientVersion: method([], ({ view }) =>
    view.dev === undefined ? view.clientVersion : `anvil/${view.clientVersion}`,
  ),
  web3_sha3: method([required('data', parseData)], (_, data) => hexData(keccak256(data))),
  net_version: networkId,
  eth_networkId: networkId,
  net_listening: method([], () => true),
  net_peerCount: method([], () => '0x0'),
}
