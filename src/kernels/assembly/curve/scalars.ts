// Numbers modulo n, the order of secp256k1's group; four words each, as in u256.ts.
import * as u256 from '../u256'

export const N: usize = memory.data(32, 8)
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

const base: usize = memory.data(32, 8)

export function multiplyScalars(a: usize, b: usize, out: usize): void {
  u256.mulmod(a, b, N, out)
}

/** out = 1 / a, of an a that isn't zero: the power n - 2. */
export function invertScalar(a: usize, out: usize): void {
  u256.copy(a, base)
  u256.copy(a, out)
  for (let bit = 254; bit >= 0; bit--) {
    u256.mulmod(out, out, N, out)
    if ((load<u64>(EXPONENT + <usize>(bit >> 6) * 8) >> (bit & 63)) & 1) u256.mulmod(out, base, N, out)
  }
}
