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

/** What the pool asks of a sender's account. */
export type SenderState = { nonce: bigint; balance: bigint }

/** A map key for a byte string: one character a byte. */
export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
