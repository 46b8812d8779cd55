import { keccak256 } from '../../kernels/index.ts'
import { hexData } from '../format.ts'
import { type Method, method, required } from '../method.ts'
import { parseData } from '../params.ts'

/** About the node and its network. */
export const WEB3_METHODS: Record<string, Method> = {
  web3_clientVersion: method([], ({ view }) => view.clientVersion),
  web3_sha3: method([required('data', parseData)], (_, data) => hexData(keccak256(data))),
  net_version: method([], ({ view }) => view.chainId.toString()),
  net_listening: method([], () => true),
  net_peerCount: method([], () => '0x0'),
}
