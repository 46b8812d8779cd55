import { keccak256 } from '../kernels/index.ts'
import { rlpEncode, rlpInteger } from './rlp.ts'

/** Where a creation by CREATE or a transaction puts its contract, whether or not it succeeds (Yellow Paper section 7). */
export function createdAddress(creator: Uint8Array, nonce: bigint): Uint8Array {
  return keccak256(rlpEncode([creator, rlpInteger(nonce)])).slice(12)
}
