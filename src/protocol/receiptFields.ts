/** Bytes of a receipt's bloom. */
const BLOOM_BYTES = 256
/** rlp's header of a byte string of 256 bytes. */
const BLOOM_HEADER_BYTES = 3
/** rlp's header of a root, and the bytes of both. */
const ROOT_HEADER = 0xa0
const ROOT_BYTES = 33

/**
 * Cumulative gas and bloom of an encoded receipt, without decoding its logs. For receipts out of the log, which the
 * engine wrote: the layout is not checked. The bloom is a view of `receipt`.
 */
export function receiptFields(receipt: Uint8Array): { cumulativeGasUsed: bigint; bloom: Uint8Array } {
  const at = gasOffset(receipt)
  const gasBytes = lengthOfGas(receipt[at]!)
  let cumulativeGasUsed = gasBytes === 0 ? BigInt(receipt[at]! & 0x7f) : 0n
  for (let i = 1; i <= gasBytes; i++) cumulativeGasUsed = (cumulativeGasUsed << 8n) | BigInt(receipt[at + i]!)
  return { cumulativeGasUsed, bloom: receiptBloom(receipt) }
}

/** The bloom alone, likewise. */
export function receiptBloom(receipt: Uint8Array): Uint8Array {
  const at = gasOffset(receipt)
  const bloomAt = at + 1 + lengthOfGas(receipt[at]!) + BLOOM_HEADER_BYTES
  return receipt.subarray(bloomAt, bloomAt + BLOOM_BYTES)
}

function gasOffset(receipt: Uint8Array): number {
  const listAt = receipt[0]! < 0xc0 ? 1 : 0
  // The list is longer than 55 bytes, so its header is 0xf7 + length of the length. The status is one byte (0x01, or 0x80
  // for zero); before Byzantium a root.
  const statusAt = listAt + 1 + (receipt[listAt]! - 0xf7)
  return statusAt + (receipt[statusAt] === ROOT_HEADER ? ROOT_BYTES : 1)
}

/** Bytes behind the first of the gas in RLP. */
function lengthOfGas(first: number): number {
  return first > 0x80 ? first - 0x80 : 0
}
