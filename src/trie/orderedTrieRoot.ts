import { Trie } from './Trie.ts'

/**
 * Root of the trie that maps rlp(index) to each value: transactions, receipts and withdrawals of a block
 * (Yellow Paper section 4.3.2, EIP-4895). Values are the items' consensus encodings; none may be empty.
 */
export function orderedTrieRoot(values: readonly Uint8Array[]): Uint8Array {
  let trie = Trie.empty
  for (const [index, value] of values.entries()) trie = trie.put(rlpIndex(index), value)
  return trie.root()
}

function rlpIndex(index: number): Uint8Array {
  if (index === 0) return Uint8Array.of(0x80)
  if (index < 0x80) return Uint8Array.of(index)
  if (index < 0x100) return Uint8Array.of(0x81, index)
  if (index < 0x10000) return Uint8Array.of(0x82, index >> 8, index & 255)
  return Uint8Array.of(0x83, index >> 16, (index >> 8) & 255, index & 255)
}
