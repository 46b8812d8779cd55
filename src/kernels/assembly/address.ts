// Addresses: 20 bytes big-endian outside, the low 160 bits of a word inside.

/** Big-endian 20-byte address to a word. */
export function addressToWord(from: usize, to: usize): void {
  store<u64>(to, bswap<u64>(load<u64>(from, 12)))
  store<u64>(to, bswap<u64>(load<u64>(from, 4)), 8)
  store<u64>(to, <u64>bswap<u32>(load<u32>(from)), 16)
  store<u64>(to, 0, 24)
}

/** A word's low 160 bits to a big-endian 20-byte address. */
export function wordToAddress(from: usize, to: usize): void {
  const high = bswap<u32>(load<u32>(from, 16))
  const middle = bswap<u64>(load<u64>(from, 8))
  const low = bswap<u64>(load<u64>(from))
  store<u32>(to, high)
  store<u64>(to, middle, 4)
  store<u64>(to, low, 12)
}

/** Keeps the low 160 bits. */
@inline
export function maskAddress(at: usize): void {
  store<u64>(at, load<u64>(at, 16) & 0xffffffff, 16)
  store<u64>(at, 0, 24)
}
