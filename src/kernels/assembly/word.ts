// Small operations on words (256-bit, four u64 limbs, least significant first) that the interpreter inlines.

@inline
export function copyWord(from: usize, to: usize): void {
  const low = v128.load(from)
  const high = v128.load(from, 16)
  v128.store(to, low)
  v128.store(to, high, 16)
}

@inline
export function setZero(at: usize): void {
  v128.store(at, i64x2.splat(0))
  v128.store(at, i64x2.splat(0), 16)
}

@inline
export function setSmall(at: usize, value: u64): void {
  store<u64>(at, value)
  store<u64>(at, 0, 8)
  v128.store(at, i64x2.splat(0), 16)
}

/** Big-endian bytes, as EVM memory, calldata and hashes have them, to a word, or back: reverses 32 bytes. */
@inline
export function reverseWord(from: usize, to: usize): void {
  const first = v128.load(from)
  const second = v128.load(from, 16)
  v128.store(to, v128.shuffle<u8>(second, second, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
  v128.store(to, v128.shuffle<u8>(first, first, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 16)
}

@inline
export function isZeroWord(at: usize): bool {
  return (load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0
}

@inline
export function equalWords(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  )
}

/** True when the word is below 2^64, so that its first limb tells it all. */
@inline
export function fitsU64(at: usize): bool {
  return (load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0
}

@inline
export function addWords(a: usize, b: usize, out: usize): void {
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const s0 = load<u64>(a) + b0
  const t1 = load<u64>(a, 8) + b1
  const t2 = load<u64>(a, 16) + b2
  const t3 = load<u64>(a, 24) + load<u64>(b, 24)
  const c0 = u64(s0 < b0)
  const s1 = t1 + c0
  const c1 = u64(t1 < b1) | u64(s1 < c0)
  const s2 = t2 + c1
  const c2 = u64(t2 < b2) | u64(s2 < c1)
  store<u64>(out, s0)
  store<u64>(out, s1, 8)
  store<u64>(out, s2, 16)
  store<u64>(out, t3 + c2, 24)
}

@inline
export function subWords(a: usize, b: usize, out: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const t3 = load<u64>(a, 24) - load<u64>(b, 24)
  const w0 = u64(a0 < b0)
  const d1 = a1 - b1
  const w1 = u64(a1 < b1) | u64(d1 < w0)
  const d2 = a2 - b2
  const w2 = u64(a2 < b2) | u64(d2 < w1)
  store<u64>(out, a0 - b0)
  store<u64>(out, d1 - w0, 8)
  store<u64>(out, d2 - w1, 16)
  store<u64>(out, t3 - w2, 24)
}

/** a < b, unsigned. */
@inline
export function lessThan(a: usize, b: usize): bool {
  let x = load<u64>(a, 24)
  let y = load<u64>(b, 24)
  if (x == y) {
    x = load<u64>(a, 16)
    y = load<u64>(b, 16)
    if (x == y) {
      x = load<u64>(a, 8)
      y = load<u64>(b, 8)
      if (x == y) {
        x = load<u64>(a)
        y = load<u64>(b)
      }
    }
  }
  return x < y
}

/** a < b, two's complement. */
@inline
export function signedLessThan(a: usize, b: usize): bool {
  const x = load<i64>(a, 24)
  const y = load<i64>(b, 24)
  return x == y ? lessThan(a, b) : x < y
}

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
