/** Writes the positions of the three bits that a hash sets in a bloom filter (Yellow Paper, M3:2048), each plus one. */
export function setBloomBits(hash: Uint8Array, bits: Uint16Array, at: number): void {
  for (let i = 0; i < 3; i++) bits[at + i] = (((hash[2 * i]! << 8) | hash[2 * i + 1]!) & 2047) + 1
}

/** Sets the three bits in the filter of 256 bytes at `target`. */
export function addBloomBits(bits: Uint16Array, at: number, target: Uint8Array, targetAt: number): void {
  for (let i = 0; i < 3; i++) {
    const bit = bits[at + i]! - 1
    target[targetAt + 255 - (bit >> 3)]! |= 1 << (bit & 7)
  }
}
