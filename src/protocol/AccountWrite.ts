/** What is to be written of an account, outside of any transaction; what is left out stays as it is. */
export type AccountWrite = {
  /** 20 bytes. */
  address: Uint8Array
  /** Wei, below 2^256. */
  balance?: bigint
  /** Wei that is added to the balance, which stays below 2^256. */
  credit?: bigint
  /** Below 2^64. */
  nonce?: bigint
  code?: Uint8Array
  /** Keys and values of 32 bytes, each key once. */
  slots?: readonly { key: Uint8Array; value: Uint8Array }[]
}
