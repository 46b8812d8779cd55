import type { Fork } from './forks.ts'

/**
 * What a block gives to the transactions in it (Yellow Paper section 9.3, I and H).
 * Integers are bigint in wei, gas or seconds; byte strings are big-endian.
 */
export type BlockEnv = {
  fork: Fork
  chainId: bigint
  number: bigint
  /** Unix seconds. */
  timestamp: bigint
  coinbase: Uint8Array
  gasLimit: bigint
  /** EIP-1559, wei per gas. */
  baseFeePerGas: bigint
  /** EIP-4399, 32 bytes. */
  prevRandao: Uint8Array
  /** EIP-7516, wei per blob gas, already computed from the excess blob gas. */
  blobBaseFee: bigint
  /** EIP-4844: most blob gas in one block. */
  maxBlobGasPerBlock: bigint
  /** EIP-4788, 32 bytes. */
  parentBeaconBlockRoot: Uint8Array
}
