// An executed transaction, as it stands in a chunk: see protocol/ExecutedTransactions.ts.

export const EXECUTED_SENDER: usize = 0 // 20 bytes
export const EXECUTED_HASH: usize = 20 // 32 bytes
export const EXECUTED_RAW_LENGTH: usize = 52 // u32
export const EXECUTED_RAW: usize = 56 // raw bytes; then u32 length of the receipt, and the receipt

export const BLOOM_BYTES: usize = 256

/** Where the receipt begins; its length stands in front of it. */
@inline
export function receiptOf(executed: usize): usize {
  return executed + EXECUTED_RAW + load<u32>(executed, EXECUTED_RAW_LENGTH) + 4
}

/** Where the receipt ends, and with it the transaction. */
@inline
export function receiptEnd(receipt: usize): usize {
  return receipt + load<u32>(receipt - 4)
}

/**
 * Where the bloom's bytes begin in a receipt as the engine writes it: type byte ‖ rlp([status, cumulativeGasUsed, bloom, logs]),
 * a long list; the status may be a root. The logs come behind the bloom.
 */
export function bloomOf(receipt: usize): usize {
  let at = load<u8>(receipt) < 0xc0 ? receipt + 1 : receipt
  at += 1 + <usize>(load<u8>(at) - 0xf7)
  at += load<u8>(at) == 0xa0 ? 33 : 1
  const gas = load<u8>(at)
  return at + 1 + <usize>(gas > 0x80 ? gas - 0x80 : 0) + 3
}
