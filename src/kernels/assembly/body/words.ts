// Words of 32 bytes and addresses of 20 as the log has them, big-endian, in place; arithmetic is modulo 2^256.

// @ts-ignore: decorator
@inline
export function copyWord(to: usize, from: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
}

// @ts-ignore: decorator
@inline
export function zeroWord(at: usize): void {
  v128.store(at, i64x2(0, 0))
  v128.store(at, i64x2(0, 0), 16)
}

// @ts-ignore: decorator
@inline
export function copyAddress(to: usize, from: usize): void {
  v128.store(to, v128.load(from))
  store<u32>(to, load<u32>(from, 16), 16)
}

/** An address as a word. */
// @ts-ignore: decorator
@inline
export function copyAddressAsWord(to: usize, from: usize): void {
  store<u64>(to, 0)
  store<u32>(to, 0, 8)
  copyAddress(to + 12, from)
}

/** The `length` bytes at `from`, with zeros before them. */
export function copyPadded(to: usize, from: usize, length: u32): void {
  zeroWord(to)
  let target = to + 32 - length
  while (length >= 8) {
    store<u64>(target, load<u64>(from))
    target += 8
    from += 8
    length -= 8
  }
  for (; length > 0; length--) store<u8>(target++, load<u8>(from++))
}

// @ts-ignore: decorator
@inline
export function isEqualWord(a: usize, b: usize): bool {
  return !v128.any_true(
    v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a, 16), v128.load(b, 16))),
  )
}

// @ts-ignore: decorator
@inline
export function isEqualAddress(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8) && load<u32>(a, 16) == load<u32>(b, 16)
}

// @ts-ignore: decorator
@inline
export function isZeroWord(a: usize): bool {
  return !v128.any_true(v128.or(v128.load(a), v128.load(a, 16)))
}

export function isAllOnes(a: usize): bool {
  return (load<u64>(a) & load<u64>(a, 8) & load<u64>(a, 16) & load<u64>(a, 24)) == 0xffffffffffffffff
}

/** target += source */
export function addWord(target: usize, source: usize): void {
  let carry: u64 = 0
  for (let i: usize = 32; i != 0; ) {
    i -= 8
    const a = bswap<u64>(load<u64>(target + i))
    const half = a + bswap<u64>(load<u64>(source + i))
    const sum = half + carry
    store<u64>(target + i, bswap<u64>(sum))
    carry = u64(half < a) | u64(sum < half)
  }
}

/** target -= source */
export function subtractWord(target: usize, source: usize): void {
  let borrow: u64 = 0
  for (let i: usize = 32; i != 0; ) {
    i -= 8
    const a = bswap<u64>(load<u64>(target + i))
    const b = bswap<u64>(load<u64>(source + i))
    const half = a - b
    store<u64>(target + i, bswap<u64>(half - borrow))
    borrow = u64(a < b) | u64(half < borrow)
  }
}

/** Whether a < b, as numbers. */
export function isLess(a: usize, b: usize): bool {
  for (let i: usize = 0; i < 32; i += 8) {
    const left = bswap<u64>(load<u64>(a + i))
    const right = bswap<u64>(load<u64>(b + i))
    if (left != right) return left < right
  }
  return false
}

/** target = price · amount, which is below 2^44. */
export function multiplyWord(target: usize, price: usize, amount: u64): void {
  zeroWord(target)
  const low = amount & 0xffffffff
  const high = amount >> 32
  let carry: u64 = 0
  let before: u64 = 0
  for (let i: usize = 32; i != 0; ) {
    i -= 4
    const limb: u64 = bswap<u32>(load<u32>(price + i))
    const lower = limb * low
    const upper = before * high
    const sum = (lower & 0xffffffff) + (upper & 0xffffffff) + carry
    store<u32>(target + i, bswap<u32>(<u32>sum))
    carry = (lower >> 32) + (upper >> 32) + (sum >> 32)
    before = limb
  }
}

/** Bytes of a word without the zeros before them. */
export function significantBytes(at: usize): u32 {
  for (let i: u32 = 0; i < 32; i += 8) {
    const limb = bswap<u64>(load<u64>(at + i))
    if (limb != 0) return 32 - i - (<u32>clz<u64>(limb) >> 3)
  }
  return 0
}
