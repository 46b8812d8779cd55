import { addToBloom } from '../../protocol/index.ts'

/** Writes the bloom filter of a receipt's terms; `lengths` says which items are terms, and `at` where they are. */
export function receiptBloomOf(
  receipt: Uint8Array,
  at: Int32Array,
  lengths: readonly number[],
  bloom: Uint8Array,
): void {
  bloom.fill(0)
  for (const [item, length] of lengths.entries()) {
    if (length > 0) addToBloom(bloom, receipt.subarray(at[item]!, at[item]! + length))
  }
}
