/** A sealed EVM block as the history keeps it. */
export type SealedBlockRecord = {
  number: bigint
  /** keccak256 of `header`. */
  hash: Uint8Array
  /** RLP. */
  header: Uint8Array
  miniBlockCount: number
  transactions: SealedTransaction[]
}

export type SealedTransaction = {
  hash: Uint8Array
  sender: Uint8Array
  /** EIP-2718 envelope. */
  raw: Uint8Array
  /** EIP-2718 consensus receipt. */
  receipt: Uint8Array
}

/**
 * The value that the history stores for a block; its number is the key. Integers are little-endian.
 *
 *     hash 32 · u32 miniBlockCount · u32 header length · u32 transactionCount · header
 *     · per transaction: hash 32 · sender 20 · u32 raw length · u32 receipt length · raw · receipt
 */
export function encodeSealedBlock(block: SealedBlockRecord): Uint8Array {
  let length = HEAD_BYTES + block.header.length
  for (const { raw, receipt } of block.transactions)
    length += TRANSACTION_HEAD_BYTES + raw.length + receipt.length
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  bytes.set(block.hash, 0)
  view.setUint32(32, block.miniBlockCount, true)
  view.setUint32(36, block.header.length, true)
  view.setUint32(40, block.transactions.length, true)
  bytes.set(block.header, HEAD_BYTES)
  let at = HEAD_BYTES + block.header.length
  for (const { hash, sender, raw, receipt } of block.transactions) {
    bytes.set(hash, at)
    bytes.set(sender, at + 32)
    view.setUint32(at + 52, raw.length, true)
    view.setUint32(at + 56, receipt.length, true)
    at += TRANSACTION_HEAD_BYTES
    bytes.set(raw, at)
    bytes.set(receipt, at + raw.length)
    at += raw.length + receipt.length
  }
  return bytes
}

/** Inverse of {@link encodeSealedBlock}; byte strings are views of `bytes`. Undefined if the bytes are no such value. */
export function decodeSealedBlock(number: bigint, bytes: Uint8Array): SealedBlockRecord | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerEnd = HEAD_BYTES + view.getUint32(36, true)
  const transactionCount = view.getUint32(40, true)
  if (headerEnd + transactionCount * TRANSACTION_HEAD_BYTES > bytes.length) return undefined
  const transactions: SealedTransaction[] = []
  let at = headerEnd
  for (let index = 0; index < transactionCount; index++) {
    const rawAt = at + TRANSACTION_HEAD_BYTES
    if (rawAt > bytes.length) return undefined
    const receiptAt = rawAt + view.getUint32(at + 52, true)
    const end = receiptAt + view.getUint32(at + 56, true)
    if (end > bytes.length) return undefined
    transactions.push({
      hash: bytes.subarray(at, at + 32),
      sender: bytes.subarray(at + 32, at + 52),
      raw: bytes.subarray(rawAt, receiptAt),
      receipt: bytes.subarray(receiptAt, end),
    })
    at = end
  }
  if (at !== bytes.length) return undefined
  return {
    number,
    hash: bytes.subarray(0, 32),
    header: bytes.subarray(HEAD_BYTES, headerEnd),
    miniBlockCount: view.getUint32(32, true),
    transactions,
  }
}

const HEAD_BYTES = 44
const TRANSACTION_HEAD_BYTES = 60
