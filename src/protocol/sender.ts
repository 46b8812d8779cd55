import { keccak256 } from '../kernels/index.ts'
import { assert, fromBigInt } from '../lib/index.ts'
import type { Authorization } from './Authorization.ts'
import { recoverPublicKey } from './secp256k1.ts'
import { authorizationHash, decodeTransaction, signingHash, type Transaction } from './Transaction.ts'

/** Order of the secp256k1 group (SEC 2). */
export const SECP256K1_N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** EIP-2: the larger of the two s values of a signature is refused. */
export const SECP256K1_HALF_N: bigint = SECP256K1_N / 2n

/**
 * The sender's address (20 bytes), or undefined when the signature is not valid: r or s out of range, high s (EIP-2),
 * or no such point on the curve. The code of that failure is `TransactionException.INVALID_SIGNATURE_VRS`.
 */
export function recoverSender(tx: Transaction): Uint8Array | undefined {
  if (tx.s > SECP256K1_HALF_N) return undefined
  return recoverAddress(signingHash(tx), tx.yParity, tx.r, tx.s)
}

/**
 * The authority of each authorization (EIP-7702), undefined where its signature is not valid; empty for other types.
 * Chain id, nonce and the authority's code are checked by execution.
 */
export function recoverAuthorities(tx: Transaction): (Uint8Array | undefined)[] {
  return tx.type === 4 ? tx.authorizationList.map(recoverAuthority) : []
}

/**
 * The same from the envelope of a transaction that was decoded or executed before. Only one with authorizations is
 * decoded: most have none.
 */
export function authoritiesOf(raw: Uint8Array): (Uint8Array | undefined)[] {
  if (raw[0] !== 4) return []
  const decoded = decodeTransaction(raw)
  assert(decoded.ok, 'the transaction was decoded before')
  return recoverAuthorities(decoded.transaction)
}

/** See {@link recoverAuthorities}. */
export function recoverAuthority(authorization: Authorization): Uint8Array | undefined {
  const { yParity, r, s } = authorization
  if (yParity > 1 || s > SECP256K1_HALF_N) return undefined
  return recoverAddress(authorizationHash(authorization), yParity, r, s)
}

/**
 * The address whose key signed `hash` (32 bytes): the last 20 bytes of keccak256 of the public key; undefined when
 * r or s is not in 1..n-1 or r is no x coordinate of the curve. High s is accepted here, as ECRECOVER wants it.
 */
export function recoverAddress(
  hash: Uint8Array,
  yParity: number,
  r: bigint,
  s: bigint,
): Uint8Array | undefined {
  if (r === 0n || r >= SECP256K1_N || s === 0n || s >= SECP256K1_N) return undefined
  const signature = new Uint8Array(64)
  signature.set(fromBigInt(r, 32), 0)
  signature.set(fromBigInt(s, 32), 32)
  const publicKey = recoverPublicKey(hash, signature, yParity)
  return publicKey === undefined ? undefined : addressOfPublicKey(publicKey)
}

/** Address of an uncompressed public key (65 bytes, first 0x04). */
export function addressOfPublicKey(publicKey: Uint8Array): Uint8Array {
  return keccak256(publicKey.subarray(1)).slice(12)
}
