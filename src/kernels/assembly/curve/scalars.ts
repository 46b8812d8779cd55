// Numbers modulo n, the order of secp256k1's group; four words each, as in u256.ts.
import * as u256 from '../u256'

const N: usize = memory.data(32, 8)
store<u64>(N, 0xbfd25e8cd0364141)
store<u64>(N, 0xbaaedce6af48a03b, 8)
store<u64>(N, 0xfffffffffffffffe, 16)
store<u64>(N, -1, 24)

/** n - 2 */
const EXPONENT: usize = memory.data(32, 8)
store<u64>(EXPONENT, 0xbfd25e8cd036413f)
store<u64>(EXPONENT, 0xbaaedce6af48a03b, 8)
store<u64>(EXPONENT, 0xfffffffffffffffe, 16)
store<u64>(EXPONENT, -1, 24)

const inverse: usize = memory.data(32, 8)
const base: usize = memory.data(32, 8)

export function multiplyScalars(a: usize, b: usize, out: usize): void {
  u256.mulmod(a, b, N, out)
}

/** Makes a scalar below n odd, by taking its negative where it isn't, and says whether it did: -1, else 0. */
export function makeOdd(scalar: usize): i32 {
  if ((load<u64>(scalar) & 1) != 0) return 0
  u256.sub(N, scalar, scalar)
  return -1
}

/** Puts the inverses of `count` scalars, none of them zero, in their places, `stride` apart. Behind each are 32 bytes to use. */
export function invertScalars(count: u32, scalars: usize, stride: usize): void {
  // Behind each the product of all until it.
  let at = scalars
  u256.copy(at, at + 32)
  for (let i: u32 = 1; i < count; i++) {
    at += stride
    multiplyScalars(at, at + 32 - stride, at + 32)
  }
  invertScalar(at + 32, inverse)
  for (let i = count - 1; i > 0; i--) {
    multiplyScalars(inverse, at + 32 - stride, at + 32)
    multiplyScalars(inverse, at, inverse)
    u256.copy(at + 32, at)
    at -= stride
  }
  u256.copy(inverse, at)
}

/** out = 1 / a, the power n - 2. */
function invertScalar(a: usize, out: usize): void {
  u256.copy(a, base)
  u256.copy(a, out)
  for (let bit = 254; bit >= 0; bit--) {
    multiplyScalars(out, out, out)
    if ((load<u64>(EXPONENT + <usize>(bit >> 6) * 8) >> (bit & 63)) & 1) multiplyScalars(out, base, out)
  }
}
