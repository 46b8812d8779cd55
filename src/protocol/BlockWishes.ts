/** What a developer wants of coming blocks. */
export type BlockWishes = {
  /** Of the next block only, Unix seconds. */
  timestamp?: bigint
  /** Of the next block only, wei. */
  baseFeePerGas?: bigint
  /** Of the next block only. */
  prevRandao?: Uint8Array
  /** From the next block on. */
  coinbase?: Uint8Array
  gasLimit?: bigint
  /** Seconds from block to block, in place of the clock; null: by the clock again. */
  timestampInterval?: bigint | null
}
