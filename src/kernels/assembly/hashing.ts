// Hashes of what the tables are searched by: multiply and add with odd random factors, then mixed, so that nobody outside
// can choose keys that collide. Functions of their arguments alone: who reads another engine's tables hashes with its seeds.

@inline
function mix(sum: u64): u32 {
  let h = sum
  h ^= h >> 32
  h *= 0x9fb21c651e98df25
  return <u32>(h >> 32)
}

/** An address by its limbs, as a word has them. */
@inline
export function hashOfAddress(a: u64, b: u64, c: u64, s0: u64, s1: u64, s2: u64): u32 {
  return mix(a * s0 + b * s1 + c * s2)
}

/** A storage's number and the limbs of a key. */
@inline
export function hashOfSlot(
  storageId: u32, a: u64, b: u64, c: u64, d: u64, s0: u64, s1: u64, s2: u64, s3: u64,
): u32 {
  return mix(a * s0 + b * s1 + c * s2 + d * s3 + <u64>storageId * 0xd6e8feb86659fd93)
}
