/**
 * Values as JSON-RPC writes them: byte strings as `0x` and lower-case digits, integers without leading zeros.
 *
 * Buffer's native formatter instead of lib's table: logs blooms and transaction data are long, and this sits between
 * a transaction's execution and its answer.
 */

const hexSlice: (this: Uint8Array, start?: number, end?: number) => string = (
  Buffer.prototype as unknown as { hexSlice: (this: Uint8Array, start?: number, end?: number) => string }
).hexSlice

export type Hex = `0x${string}`

/** A byte string. */
export function hexData(bytes: Uint8Array): Hex {
  return `0x${hexSlice.call(bytes, 0, bytes.length)}`
}

/** A non-negative integer; zero is `0x0`. */
export function hexQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** What stands for the hash of a block that isn't sealed yet where clients need 32 bytes. */
export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`
