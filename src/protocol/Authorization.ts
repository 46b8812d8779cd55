/** EIP-7702: an authority lets its account run the code of `address`. */
export type Authorization = {
  /** 0: on any chain. */
  chainId: bigint
  /** The delegate; 20 zero bytes remove a delegation. */
  address: Uint8Array
  nonce: bigint
  /** As signed, below 256: anything but 0 and 1 makes the authorization void, not the transaction. */
  yParity: number
  r: bigint
  s: bigint
}
