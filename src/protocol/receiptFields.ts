/** Bytes of a receipt's bloom. */
const BLOOM_BYTES = 256
/** rlp's header of a byte string of 256 bytes. */
const BLOOM_HEADER_BYTES = 3

/**
 * Cumulative gas and bloom of an encoded receipt, without decoding its logs. For receipts out of the log, which the
 * engine wrote: the layout is not checked. The bloom is a view of `receipt`.
 */
export function receiptFields(receipt: Uint8Array): { cumulativeGasUsed: bigint; bloom: Uint8Array } {
  let offset = receipt[0]! < 0xc0 ? 1 : 0
  // The list is longer than 55 bytes, so its header is 0xf7 + length of the length.
  offset += 1 + (receipt[offset]! - 0xf7)
  // Status: one byte (0x01, or 0x80 for zero).
  offset += 1
  const first = receipt[offset]!
  const gasBytes = first > 0x80 ? first - 0x80 : 0
  let cumulativeGasUsed = gasBytes === 0 ? BigInt(first & 0x7f) : 0n
  for (let i = 1; i <= gasBytes; i++)
    cumulativeGasUsed = (cumulativeGasUsed << 8n) | BigInt(receipt[offset + i]!)
  offset += 1 + gasBytes + BLOOM_HEADER_BYTES
  return { cumulativeGasUsed, bloom: receipt.subarray(offset, offset + BLOOM_BYTES) }
}
