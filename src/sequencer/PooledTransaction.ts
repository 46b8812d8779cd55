import { keccak256 } from '../kernels/index.ts'
import { isAllZero } from '../lib/index.ts'
import {
  decodeTransaction,
  maxFeePerGas,
  maxPriorityFeePerGas,
  type PreparedTransaction,
} from '../protocol/index.ts'

/** A transaction whose form and signature have been checked: what the pool and the sequencer need of it. */
export type PooledTransaction = {
  /** keccak256 of `raw`, 32 bytes. */
  hash: Uint8Array
  /** Recovered from the signature, 20 bytes. */
  sender: Uint8Array
  /** EIP-2718 envelope as received. */
  raw: Uint8Array
  /** EIP-7702: who signed each authorization; undefined where the signature is not valid. */
  authorities: (Uint8Array | undefined)[]
  nonce: bigint
  gasLimit: bigint
  /** Wei per gas; gas price of types 0 and 1. */
  maxFeePerGas: bigint
  /** Wei per gas; gas price of types 0 and 1. */
  maxPriorityFeePerGas: bigint
  /** Wei the sender must own: value + gasLimit * maxFeePerGas. */
  cost: bigint
}

/** Copies what the entry of a transaction says; its form was checked before its signatures were recovered. */
export function pooledTransaction({
  raw,
  sender,
  hash,
  authorities,
}: PreparedTransaction): PooledTransaction {
  const decoded = decodeTransaction(raw)
  if (!decoded.ok) throw new RangeError(`a prepared transaction does not decode: ${decoded.message}`)
  const { transaction } = decoded
  const feeCap = maxFeePerGas(transaction)
  return {
    hash: hash === undefined || isAllZero(hash) ? keccak256(raw) : hash.slice(),
    sender: sender.slice(),
    raw: raw.slice(),
    authorities: authorities.map((authority) => authority?.slice()),
    nonce: transaction.nonce,
    gasLimit: transaction.gasLimit,
    maxFeePerGas: feeCap,
    maxPriorityFeePerGas: maxPriorityFeePerGas(transaction),
    cost: transaction.value + transaction.gasLimit * feeCap,
  }
}

/** What the pool asks of a sender's account. */
export type SenderState = { nonce: bigint; balance: bigint }

/** A map key for a byte string: one character a byte. */
export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
