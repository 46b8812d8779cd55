// Scalars as two of half the length, by the curve's endomorphism: there is a λ with λ (x, y) = (β x, y), so that
// k P = k1 P + k2 (λ P) where k = k1 + k2 λ modulo n ("GLV").
import * as u256 from '../u256'

/** β, a cube root of 1 in the field; four words. */
export const BETA: usize = memory.data(32, 8)
setWords(BETA, 0x7ae96a2b657c0710, 0x6e64479eac3434e9, 0x9cf0497512f58995, 0xc1396c28719501ee)

/** Both halves are below 2^131 in size. */
export const HALF_BITS: u32 = 132

// (A, -B) and (C, A) are short vectors of the lattice of all (u, v) with u + v λ = 0 modulo n.
const A: usize = memory.data(32, 8)
const B: usize = memory.data(32, 8)
const C: usize = memory.data(32, 8)
setWords(A, 0, 0, 0x3086d221a7d46bcd, 0xe86c90e49284eb15)
setWords(B, 0, 0, 0xe4437ed6010e8828, 0x6f547fa90abfe4c3)
setWords(C, 0, 1, 0x14ca50f7a8e2f3f6, 0x57c1108d9d44cfd8)

const upper: usize = memory.data(32, 8)
const c1: usize = memory.data(32, 8)
const c2: usize = memory.data(32, 8)
const product: usize = memory.data(32, 8)

/** Writes two odd numbers, in two's complement of 40 bytes each, that stand for a scalar below n. */
export function splitScalar(k: usize, first: usize, second: usize): void {
  // How often the vectors are in (k, 0), within two: n is nearly 2^256, so k A / n is nearly the upper half's product.
  moveUpper(k, upper)
  u256.mul(upper, A, product)
  moveUpper(product, c1)
  u256.mul(upper, B, product)
  moveUpper(product, c2)
  u256.copy(k, first)
  subtractProduct(first, c1, A)
  subtractProduct(first, c2, C)
  u256.mul(c1, B, second)
  subtractProduct(second, c2, A)
  makeOdd(first, second)
  store<i64>(first, load<i64>(first, 24) >> 63, 32)
  store<i64>(second, load<i64>(second, 24) >> 63, 32)
}

/** Adds one of the vectors, or both: (odd, odd), (even, odd), (odd, even). */
function makeOdd(first: usize, second: usize): void {
  const isFirstOdd = (load<u64>(first) & 1) != 0
  const isSecondOdd = (load<u64>(second) & 1) != 0
  if (!isFirstOdd) {
    u256.add(first, A, first)
    u256.sub(second, B, second)
  }
  // The first vector has changed the second number, too.
  if (isFirstOdd == isSecondOdd) return
  u256.add(first, C, first)
  u256.add(second, A, second)
}

function moveUpper(from: usize, to: usize): void {
  store<u64>(to, load<u64>(from, 16))
  store<u64>(to, load<u64>(from, 24), 8)
  store<u64>(to, 0, 16)
  store<u64>(to, 0, 24)
}

function subtractProduct(number: usize, a: usize, b: usize): void {
  u256.mul(a, b, product)
  u256.sub(number, product, number)
}

/** Highest word first. */
function setWords(at: usize, w3: u64, w2: u64, w1: u64, w0: u64): void {
  store<u64>(at, w0)
  store<u64>(at, w1, 8)
  store<u64>(at, w2, 16)
  store<u64>(at, w3, 24)
}
