/*
 * Unsigned 256-bit integers in linear memory: 32 bytes, four u64 limbs, least significant limb first. Signed
 * operations read the same bits as two's complement. The EVM's meaning throughout: results wrap modulo 2^256, and
 * division by zero gives zero.
 *
 * All parameters are pointers. `out` may be one of the inputs. Nothing allocates; static memory below holds what does
 * not fit into locals. WebAssembly has no 128-bit product: mulHigh makes its upper half of four 32-bit products.
 */

/** Normalised numerator, up to 8 limbs and one more for the bits shifted out. */
const NUMERATOR: usize = memory.data(72, 16)
/** Normalised divisor, up to 4 limbs. */
const DIVISOR: usize = memory.data(32, 16)
/** Results of divideUnsigned: 8 and 4 limbs. */
const QUOTIENT: usize = memory.data(64, 16)
const REMAINDER: usize = memory.data(32, 16)
/** Full product of mulmod, 8 limbs; sum of addmod, 5 limbs. */
const WIDE: usize = memory.data(64, 16)
/** Absolute values of sdiv and smod; base and power of exp. */
const LEFT: usize = memory.data(32, 16)
const RIGHT: usize = memory.data(32, 16)

// ---------------------------------------------------------------------------------------------- copying and bytes

// @ts-ignore: decorator
@inline
export function copy(a: usize, out: usize): void {
  const low = load<v128>(a)
  const high = load<v128>(a, 16)
  store<v128>(out, low)
  store<v128>(out, high, 16)
}

// @ts-ignore: decorator
@inline
export function setZero(out: usize): void {
  store<v128>(out, i64x2(0, 0))
  store<v128>(out, i64x2(0, 0), 16)
}

/** Sets `out` to a value that fits into 64 bits. */
// @ts-ignore: decorator
@inline
export function setU64(value: u64, out: usize): void {
  store<u64>(out, value)
  store<u64>(out, 0, 8)
  store<v128>(out, i64x2(0, 0), 16)
}

/** Reads 32 big-endian bytes. */
// @ts-ignore: decorator
@inline
export function fromBytes32(source: usize, out: usize): void {
  const high = load<v128>(source)
  const low = load<v128>(source, 16)
  store<v128>(out, reverseBytes(low))
  store<v128>(out, reverseBytes(high), 16)
}

/** Writes 32 big-endian bytes. */
// @ts-ignore: decorator
@inline
export function toBytes32(a: usize, out: usize): void {
  fromBytes32(a, out)
}

/** Reads `length` <= 32 big-endian bytes. It touches up to 7 bytes in front of `source`, which must exist. */
export function fromBytes(source: usize, length: u32, out: usize): void {
  const end = source + length
  const limb0 = bytesBefore(end, length)
  const limb1 = length > 8 ? bytesBefore(end - 8, length - 8) : 0
  const limb2 = length > 16 ? bytesBefore(end - 16, length - 16) : 0
  const limb3 = length > 24 ? bytesBefore(end - 24, length - 24) : 0
  setLimbs(limb0, limb1, limb2, limb3, out)
}

// @ts-ignore: decorator
@inline
function reverseBytes(v: v128): v128 {
  return i8x16.shuffle(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
}

/** The last min(count, 8) bytes before `end` as a big-endian number. */
// @ts-ignore: decorator
@inline
function bytesBefore(end: usize, count: u32): u64 {
  if (count == 0) return 0
  const limb = bswap<u64>(load<u64>(end - 8))
  return count >= 8 ? limb : limb & ((1 << ((count as u64) << 3)) - 1)
}

// @ts-ignore: decorator
@inline
function setLimbs(limb0: u64, limb1: u64, limb2: u64, limb3: u64, out: usize): void {
  store<u64>(out, limb0)
  store<u64>(out, limb1, 8)
  store<u64>(out, limb2, 16)
  store<u64>(out, limb3, 24)
}

// ----------------------------------------------------------------------------------------------------- comparison

// @ts-ignore: decorator
@inline
export function isZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** Whether the value is below 2^64, that is, limb 0 says it all. */
// @ts-ignore: decorator
@inline
export function fitsU64(a: usize): bool {
  return (load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** Whether limb 0, as a signed number, says it all. */
// @ts-ignore: decorator
@inline
function fitsI64(a: usize): bool {
  const sign = load<i64>(a) >> 63
  return ((load<i64>(a, 8) ^ sign) | (load<i64>(a, 16) ^ sign) | (load<i64>(a, 24) ^ sign)) == 0
}

// @ts-ignore: decorator
@inline
export function isNegative(a: usize): bool {
  return load<i64>(a, 24) < 0
}

// @ts-ignore: decorator
@inline
export function eq(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  )
}

// @ts-ignore: decorator
@inline
export function lt(a: usize, b: usize): bool {
  const a3 = load<u64>(a, 24)
  const b3 = load<u64>(b, 24)
  if (a3 != b3) return a3 < b3
  return lt192(a, b)
}

// @ts-ignore: decorator
@inline
export function gt(a: usize, b: usize): bool {
  return lt(b, a)
}

// @ts-ignore: decorator
@inline
export function slt(a: usize, b: usize): bool {
  const a3 = load<i64>(a, 24)
  const b3 = load<i64>(b, 24)
  if (a3 != b3) return a3 < b3
  return lt192(a, b)
}

// @ts-ignore: decorator
@inline
export function sgt(a: usize, b: usize): bool {
  return slt(b, a)
}

/** -1, 0 or 1, as a is less than, equal to or greater than b. */
export function cmp(a: usize, b: usize): i32 {
  if (lt(a, b)) return -1
  return eq(a, b) ? 0 : 1
}

/** Compares the lower three limbs. */
// @ts-ignore: decorator
@inline
function lt192(a: usize, b: usize): bool {
  const a2 = load<u64>(a, 16)
  const b2 = load<u64>(b, 16)
  if (a2 != b2) return a2 < b2
  const a1 = load<u64>(a, 8)
  const b1 = load<u64>(b, 8)
  if (a1 != b1) return a1 < b1
  return load<u64>(a) < load<u64>(b)
}

/** Number of bits without leading zeros: 0 for 0, 256 for the largest. */
export function bitLength(x: usize): i32 {
  const limb3 = load<u64>(x, 24)
  if (limb3 != 0) return 256 - (i64.clz(limb3) as i32)
  const limb2 = load<u64>(x, 16)
  if (limb2 != 0) return 192 - (i64.clz(limb2) as i32)
  const limb1 = load<u64>(x, 8)
  if (limb1 != 0) return 128 - (i64.clz(limb1) as i32)
  return 64 - (i64.clz(load<u64>(x)) as i32)
}

// ------------------------------------------------------------------------------------------- addition, subtraction

// @ts-ignore: decorator
@inline
export function add(a: usize, b: usize, out: usize): void {
  addCarry(a, b, out)
}

/** Adds and returns the carry out of bit 255, 0 or 1. */
// @ts-ignore: decorator
@inline
export function addCarry(a: usize, b: usize, out: usize): u64 {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const s0 = a0 + load<u64>(b)
  const t1 = a1 + load<u64>(b, 8)
  const t2 = a2 + load<u64>(b, 16)
  const t3 = a3 + load<u64>(b, 24)
  const c0 = u64(s0 < a0)
  const s1 = t1 + c0
  const c1 = u64(t1 < a1) | u64(s1 < c0)
  const s2 = t2 + c1
  const c2 = u64(t2 < a2) | u64(s2 < c1)
  const s3 = t3 + c2
  setLimbs(s0, s1, s2, s3, out)
  return u64(t3 < a3) | u64(s3 < c2)
}

// @ts-ignore: decorator
@inline
export function sub(a: usize, b: usize, out: usize): void {
  subBorrow(a, b, out)
}

/** Subtracts and returns the borrow: 1 if a < b, else 0. */
// @ts-ignore: decorator
@inline
export function subBorrow(a: usize, b: usize, out: usize): u64 {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  const c0 = u64(a0 < b0)
  const t1 = a1 - b1
  const c1 = u64(a1 < b1) | u64(t1 < c0)
  const t2 = a2 - b2
  const c2 = u64(a2 < b2) | u64(t2 < c1)
  const t3 = a3 - b3
  setLimbs(a0 - b0, t1 - c0, t2 - c1, t3 - c2, out)
  return u64(a3 < b3) | u64(t3 < c2)
}

/** Two's complement: 2^256 - a. */
export function negate(a: usize, out: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const c1 = u64(a0 == 0)
  const c2 = u64((a0 | a1) == 0)
  const c3 = u64((a0 | a1 | a2) == 0)
  setLimbs(0 - a0, ~a1 + c1, ~a2 + c2, ~a3 + c3, out)
}

// -------------------------------------------------------------------------------------------------- multiplication

/** The upper 64 bits of the 128-bit product. */
// @ts-ignore: decorator
@inline
function mulHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const middle = aLow * bHigh + ((aLow * bLow) >> 32)
  const middle2 = aHigh * bLow + (middle & 0xffffffff)
  return aHigh * bHigh + (middle >> 32) + (middle2 >> 32)
}

/** MUL. Row by row: a's limb i times all of b that stays below 2^256. */
export function mul(a: usize, b: usize, out: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  const aAbove = a1 | a2 | a3
  const bAbove = b1 | b2 | b3
  if ((aAbove | bAbove) == 0) {
    setLimbs(a0 * b0, mulHigh(a0, b0), 0, 0, out)
    return
  }
  if (fitsI64(a) && fitsI64(b)) {
    // Negative numbers, as fixed-point arithmetic has them.
    const high = mulHigh(a0, b0) - (<u64>(<i64>a0 >> 63) & b0) - (<u64>(<i64>b0 >> 63) & a0)
    const sign = <u64>(<i64>high >> 63)
    setLimbs(a0 * b0, high, sign, sign, out)
    return
  }
  if (aAbove == 0) return mulBy64(b0, b1, b2, b3, a0, out)
  if (bAbove == 0) return mulBy64(a0, a1, a2, a3, b0, out)

  // row 0
  let low: u64
  let carry = mulHigh(a0, b0)
  let r1 = a0 * b1 + carry
  carry = mulHigh(a0, b1) + u64(r1 < carry)
  let r2 = a0 * b2 + carry
  carry = mulHigh(a0, b2) + u64(r2 < carry)
  let r3 = a0 * b3 + carry
  // row 1
  low = a1 * b0
  r1 += low
  carry = mulHigh(a1, b0) + u64(r1 < low)
  low = a1 * b1 + carry
  carry = mulHigh(a1, b1) + u64(low < carry)
  r2 += low
  carry += u64(r2 < low)
  r3 += a1 * b2 + carry
  // row 2
  low = a2 * b0
  r2 += low
  r3 += a2 * b1 + mulHigh(a2, b0) + u64(r2 < low)
  // row 3
  r3 += a3 * b0
  setLimbs(a0 * b0, r1, r2, r3, out)
}

function mulBy64(a0: u64, a1: u64, a2: u64, a3: u64, b: u64, out: usize): void {
  let carry = mulHigh(a0, b)
  const r1 = a1 * b + carry
  carry = mulHigh(a1, b) + u64(r1 < carry)
  const r2 = a2 * b + carry
  carry = mulHigh(a2, b) + u64(r2 < carry)
  setLimbs(a0 * b, r1, r2, a3 * b + carry, out)
}

/**
 * The whole product, 8 limbs; `out` is apart from the inputs. Row by row in base 2^64: row i adds a's limb i times b to the
 * four limbs that the rows before have left.
 */
function mulFull(a: usize, b: usize, out: usize): void {
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  let r0: u64 = 0
  let r1: u64 = 0
  let r2: u64 = 0
  let r3: u64 = 0
  for (let row: usize = 0; row < 32; row += 8) {
    const factor = load<u64>(a + row)
    let low = factor * b0
    r0 += low
    store<u64>(out + row, r0)
    let carry = mulHigh(factor, b0) + u64(r0 < low)
    low = factor * b1 + carry
    carry = mulHigh(factor, b1) + u64(low < carry)
    r0 = r1 + low
    carry += u64(r0 < low)
    low = factor * b2 + carry
    carry = mulHigh(factor, b2) + u64(low < carry)
    r1 = r2 + low
    carry += u64(r1 < low)
    low = factor * b3 + carry
    carry = mulHigh(factor, b3) + u64(low < carry)
    r2 = r3 + low
    r3 = carry + u64(r2 < low)
  }
  store<u64>(out, r0, 32)
  store<u64>(out, r1, 40)
  store<u64>(out, r2, 48)
  store<u64>(out, r3, 56)
}

// -------------------------------------------------------------------------------------------------------- division

/** DIV. */
export function div(a: usize, b: usize, out: usize): void {
  if (fitsU64(b)) {
    const b0 = load<u64>(b)
    if (b0 == 0) return setZero(out)
    if (fitsU64(a)) return setU64(load<u64>(a) / b0, out)
    if (b0 >> 32 == 0) {
      divideBy32Bits(a, b0, out)
      return
    }
  }
  divideUnsigned(a, 4, b)
  copy(QUOTIENT, out)
}

/** MOD. */
export function mod(a: usize, b: usize, out: usize): void {
  if (fitsU64(b)) {
    const b0 = load<u64>(b)
    if (b0 == 0) return setZero(out)
    if (fitsU64(a)) return setU64(load<u64>(a) % b0, out)
    if (b0 >> 32 == 0) return setU64(divideBy32Bits(a, b0, QUOTIENT), out)
  }
  divideUnsigned(a, 4, b)
  copy(REMAINDER, out)
}

/** Long division by a divisor below 2^32, 32 bits at a time: faster than its reciprocal. Returns the remainder. */
function divideBy32Bits(a: usize, divisor: u64, out: usize): u64 {
  let remainder: u64 = 0
  for (let i = 3; i >= 0; i--) {
    const value = limb(a, i)
    if ((value | remainder) == 0) {
      setLimb(out, i, 0)
      continue
    }
    const high = (remainder << 32) | (value >> 32)
    const highQuotient = high / divisor
    const low = ((high - highQuotient * divisor) << 32) | (value & 0xffffffff)
    const lowQuotient = low / divisor
    remainder = low - lowQuotient * divisor
    setLimb(out, i, (highQuotient << 32) | lowQuotient)
  }
  return remainder
}

/** SDIV: truncates towards zero; -2^255 / -1 wraps to -2^255. */
export function sdiv(a: usize, b: usize, out: usize): void {
  const divisor = load<i64>(b)
  if (fitsI64(a) && fitsI64(b) && divisor != 0 && divisor != -1) return setI64(load<i64>(a) / divisor, out)
  const negative = isNegative(a) != isNegative(b)
  absolute(a, LEFT)
  absolute(b, RIGHT)
  div(LEFT, RIGHT, out)
  if (negative) negate(out, out)
}

/** SMOD: the remainder has the sign of a. */
export function smod(a: usize, b: usize, out: usize): void {
  const divisor = load<i64>(b)
  if (fitsI64(a) && fitsI64(b) && divisor != 0 && divisor != -1) return setI64(load<i64>(a) % divisor, out)
  const negative = isNegative(a)
  absolute(a, LEFT)
  absolute(b, RIGHT)
  mod(LEFT, RIGHT, out)
  if (negative) negate(out, out)
}

function setI64(value: i64, out: usize): void {
  const sign = <u64>(value >> 63)
  setLimbs(<u64>value, sign, sign, sign, out)
}

function absolute(a: usize, out: usize): void {
  if (isNegative(a)) negate(a, out)
  else copy(a, out)
}

/** ADDMOD: (a + b) mod m, where the sum has 257 bits. */
export function addmod(a: usize, b: usize, m: usize, out: usize): void {
  if (isZero(m)) return setZero(out)
  const reduced = lt(a, m) && lt(b, m)
  const carry = addCarry(a, b, WIDE)
  if (reduced) {
    if (carry != 0 || !lt(WIDE, m)) sub(WIDE, m, out)
    else copy(WIDE, out)
    return
  }
  store<u64>(WIDE, carry, 32)
  divideUnsigned(WIDE, 5, m)
  copy(REMAINDER, out)
}

/** MULMOD: (a * b) mod m, where the product has 512 bits. */
export function mulmod(a: usize, b: usize, m: usize, out: usize): void {
  if (isZero(m)) return setZero(out)
  mulFull(a, b, WIDE)
  divideUnsigned(WIDE, 8, m)
  copy(REMAINDER, out)
}

/**
 * Divides `limbCount` (at most 8) limbs by a divisor of 4 limbs that is not zero, into QUOTIENT and REMAINDER.
 *
 * Knuth's algorithm D with 64-bit digits. Each quotient digit comes from a multiplication by the divisor's reciprocal,
 * as in N. Möller and T. Granlund, Improved division by invariant integers (2011).
 */
function divideUnsigned(numerator: usize, limbCount: i32, divisor: usize): void {
  const n = significantLimbs(divisor, 4)
  const m = significantLimbs(numerator, limbCount)
  setZero(QUOTIENT)
  setZero(QUOTIENT + 32)
  setZero(REMAINDER)
  if (m < n) {
    for (let i = 0; i < m; i++) setLimb(REMAINDER, i, limb(numerator, i))
    return
  }
  const shift = i64.clz(limb(divisor, n - 1))
  shiftLeft4(divisor, shift, DIVISOR)
  if (m <= 4) store<u64>(NUMERATOR, shiftLeft4(numerator, shift, NUMERATOR), 32)
  else shiftLeft(numerator, m, shift, NUMERATOR)
  if (n == 1) divideByLimb(m)
  else if (n == 2) divideBy2Limbs(m)
  else divideByLimbs(m, n)
  shiftRight(NUMERATOR, n, shift, REMAINDER)
}

// @ts-ignore: decorator
@inline
function limb(a: usize, index: i32): u64 {
  return load<u64>(a + ((index as usize) << 3))
}

// @ts-ignore: decorator
@inline
function setLimb(a: usize, index: i32, value: u64): void {
  store<u64>(a + ((index as usize) << 3), value)
}

function significantLimbs(a: usize, limbCount: i32): i32 {
  while (limbCount > 0 && limb(a, limbCount - 1) == 0) limbCount--
  return limbCount
}

/** Shifts four limbs by 0..63 bits; returns what is shifted out. */
function shiftLeft4(a: usize, shift: u64, out: usize): u64 {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const rest = 63 - shift
  setLimbs(
    a0 << shift,
    (a1 << shift) | ((a0 >> 1) >> rest),
    (a2 << shift) | ((a1 >> 1) >> rest),
    (a3 << shift) | ((a2 >> 1) >> rest),
    out,
  )
  return (a3 >> 1) >> rest
}

/** Shifts by 0..63 bits into limbCount + 1 limbs. */
function shiftLeft(a: usize, limbCount: i32, shift: u64, out: usize): void {
  let below: u64 = 0
  for (let i = 0; i < limbCount; i++) {
    const value = limb(a, i)
    setLimb(out, i, (value << shift) | ((below >> 1) >> (63 - shift)))
    below = value
  }
  setLimb(out, limbCount, (below >> 1) >> (63 - shift))
}

/** Shifts by 0..63 bits; the limb above the last counts as zero. */
function shiftRight(a: usize, limbCount: i32, shift: u64, out: usize): void {
  let above: u64 = 0
  for (let i = limbCount - 1; i >= 0; i--) {
    const value = limb(a, i)
    setLimb(out, i, (value >> shift) | ((above << 1) << (63 - shift)))
    above = value
  }
}

/** floor((2^128 - 1) / d) - 2^64 for d >= 2^63, by two divisions with a 32-bit quotient each. */
function reciprocal(d: u64): u64 {
  const dHigh = d >> 32
  const dLow = d & 0xffffffff
  // (~d : 2^64 - 1) / d
  const upper = ~d
  let q1 = upper / dHigh
  let r = upper - q1 * dHigh
  while (q1 >> 32 != 0 || q1 * dLow > ((r << 32) | 0xffffffff)) {
    q1--
    r += dHigh
    if (r >> 32 != 0) break
  }
  const middle = ((upper << 32) | 0xffffffff) - q1 * d
  let q0 = middle / dHigh
  r = middle - q0 * dHigh
  while (q0 >> 32 != 0 || q0 * dLow > ((r << 32) | 0xffffffff)) {
    q0--
    r += dHigh
    if (r >> 32 != 0) break
  }
  return (q1 << 32) + q0
}

/** Möller and Granlund's algorithm 4, for each limb of NUMERATOR from the top. */
function divideByLimb(m: i32): void {
  const d = load<u64>(DIVISOR)
  const v = reciprocal(d)
  let r = limb(NUMERATOR, m)
  for (let j = m - 1; j >= 0; j--) {
    const u0 = limb(NUMERATOR, j)
    const low = v * r
    const q0 = low + u0
    let q1 = mulHigh(v, r) + r + u64(q0 < low) + 1
    r = u0 - q1 * d
    if (r > q0) {
      q1--
      r += d
    }
    if (r >= d) {
      q1++
      r -= d
    }
    setLimb(QUOTIENT, j, q1)
  }
  store<u64>(NUMERATOR, r)
}

/** Möller and Granlund's algorithm 6: the reciprocal of (d1 : d0), d1 >= 2^63. */
function reciprocal2(d1: u64, d0: u64): u64 {
  let v = reciprocal(d1)
  let p = d1 * v + d0
  if (p < d0) {
    v--
    if (p >= d1) {
      v--
      p -= d1
    }
    p -= d1
  }
  const t1 = mulHigh(v, d0)
  const t0 = v * d0
  p += t1
  if (p < t1) {
    v--
    if (p > d1 || (p == d1 && t0 >= d0)) v--
  }
  return v
}

/** Divides NUMERATOR (m + 1 limbs) by the two limbs of DIVISOR, with the remainder so far in locals: algorithm 5 again. */
function divideBy2Limbs(m: i32): void {
  const d1 = load<u64>(DIVISOR, 8)
  const d0 = load<u64>(DIVISOR)
  const v = reciprocal2(d1, d0)
  let r1 = limb(NUMERATOR, m)
  let r0 = limb(NUMERATOR, m - 1)
  for (let j = m - 2; j >= 0; j--) {
    const u0 = limb(NUMERATOR, j)
    const low = v * r1
    const q0 = low + r0
    let q = mulHigh(v, r1) + r1 + u64(q0 < low)
    const t0 = d0 * q
    let s1 = r0 - q * d1 - mulHigh(d0, q) - u64(u0 < t0) - d1
    const difference = u0 - t0
    s1 -= u64(difference < d0)
    let s0 = difference - d0
    q++
    if (s1 >= q0) {
      q--
      s0 += d0
      s1 += d1 + u64(s0 < d0)
    }
    if (s1 > d1 || (s1 == d1 && s0 >= d0)) {
      q++
      s1 -= d1 + u64(s0 < d0)
      s0 -= d0
    }
    setLimb(QUOTIENT, j, q)
    r1 = s1
    r0 = s0
  }
  store<u64>(NUMERATOR, r0)
  store<u64>(NUMERATOR, r1, 8)
}

/**
 * Divides NUMERATOR (m + 1 limbs) by DIVISOR (n >= 3 limbs). Algorithm 5 gives each digit and subtracts the upper two
 * limbs' product; the digit is too large by at most one, which the lower limbs' borrow shows.
 */
function divideByLimbs(m: i32, n: i32): void {
  const d1 = limb(DIVISOR, n - 1)
  const d0 = limb(DIVISOR, n - 2)
  const v = reciprocal2(d1, d0)
  let j = m - n
  if (limb(NUMERATOR, m) == 0 && limb(NUMERATOR, m - 1) < d1) j--
  for (; j >= 0; j--) {
    const u2 = limb(NUMERATOR, j + n)
    const u1 = limb(NUMERATOR, j + n - 1)
    const window = NUMERATOR + ((j as usize) << 3)
    if (u2 == d1 && u1 == d0) {
      // The quotient digit is all ones: it cannot be more, and with one less the remainder would be the divisor or more.
      subtractProduct(window, n, u64.MAX_VALUE)
      setLimb(QUOTIENT, j, u64.MAX_VALUE)
      continue
    }
    const u0 = limb(NUMERATOR, j + n - 2)
    // (q : q0) = v * u2 + (u2 : u1)
    const low = v * u2
    const q0 = low + u1
    let q = mulHigh(v, u2) + u2 + u64(q0 < low)
    // (r1 : r0) = (u1 - q * d1 : u0) - q * d0 - (d1 : d0)
    const t0 = d0 * q
    let r1 = u1 - q * d1 - mulHigh(d0, q) - u64(u0 < t0) - d1
    let r0 = u0 - t0
    r1 -= u64(r0 < d0)
    r0 -= d0
    q++
    if (r1 >= q0) {
      q--
      r0 += d0
      r1 += d1 + u64(r0 < d0)
    }
    if (r1 > d1 || (r1 == d1 && r0 >= d0)) {
      q++
      r1 -= d1 + u64(r0 < d0)
      r0 -= d0
    }
    const borrow = n == 4 ? subtractTwo(window, q) : subtractProduct(window, n - 2, q)
    const borrow0 = u64(r0 < borrow)
    setLimb(window, n - 2, r0 - borrow)
    setLimb(window, n - 1, r1 - borrow0)
    if (r1 < borrow0) {
      q--
      addDivisor(window, n)
    }
    setLimb(QUOTIENT, j, q)
  }
}

/** subtractProduct for the lowest two limbs. */
// @ts-ignore: decorator
@inline
function subtractTwo(window: usize, factor: u64): u64 {
  const d0 = load<u64>(DIVISOR)
  const d1 = load<u64>(DIVISOR, 8)
  const low0 = d0 * factor
  const u0 = load<u64>(window)
  store<u64>(window, u0 - low0)
  const carry = mulHigh(d0, factor) + u64(u0 < low0)
  const low1 = d1 * factor + carry
  const u1 = load<u64>(window, 8)
  store<u64>(window, u1 - low1, 8)
  return mulHigh(d1, factor) + u64(low1 < carry) + u64(u1 < low1)
}

/** Subtracts factor times the lowest `limbCount` limbs of DIVISOR; returns what is to be taken from the limb above. */
function subtractProduct(window: usize, limbCount: i32, factor: u64): u64 {
  let borrow: u64 = 0
  for (let i = 0; i < limbCount; i++) {
    const d = limb(DIVISOR, i)
    const low = d * factor + borrow
    const high = mulHigh(d, factor) + u64(low < borrow)
    const u = limb(window, i)
    setLimb(window, i, u - low)
    borrow = high + u64(u < low)
  }
  return borrow
}

function addDivisor(window: usize, limbCount: i32): void {
  let carry: u64 = 0
  for (let i = 0; i < limbCount; i++) {
    const u = limb(window, i)
    const sum = u + limb(DIVISOR, i)
    const total = sum + carry
    carry = u64(sum < u) | u64(total < sum)
    setLimb(window, i, total)
  }
}

// -------------------------------------------------------------------------------------------------- exponentiation

/** EXP: a to the power of e, modulo 2^256, by squaring. 0^0 is 1. */
export function exp(a: usize, e: usize, out: usize): void {
  const bits = bitLength(e)
  if (bits == 0) return setU64(1, out)
  copy(a, LEFT)
  copy(a, RIGHT)
  for (let bit = bits - 2; bit >= 0; bit--) {
    mul(RIGHT, RIGHT, RIGHT)
    if ((limb(e, bit >> 6) >> (bit & 63)) & 1) mul(RIGHT, LEFT, RIGHT)
  }
  copy(RIGHT, out)
}

// ------------------------------------------------------------------------------------------------- bits and shifts

/** SIGNEXTEND: the sign bit of byte k, counted from the least significant, fills all bits above it. */
export function signextend(k: usize, x: usize, out: usize): void {
  const index = load<u64>(k)
  if (!fitsU64(k) || index >= 31) return copy(x, out)
  const unused = 248 - (index << 3)
  shiftLeft256(unused, x, out)
  shiftRight256(unused, out, out, load<i64>(out, 24) >> 63)
}

/** BYTE: byte i of x, counted from the most significant; 0 from i = 32 on. */
export function byteAt(i: usize, x: usize, out: usize): void {
  const index = load<u64>(i)
  if (!fitsU64(i) || index >= 32) return setZero(out)
  setU64(load<u8>(x + 31 - (index as usize)), out)
}

/** SHL. */
export function shl(shift: usize, x: usize, out: usize): void {
  const count = load<u64>(shift)
  if (!fitsU64(shift) || count >= 256) return setZero(out)
  shiftLeft256(count, x, out)
}

/** SHR. */
export function shr(shift: usize, x: usize, out: usize): void {
  const count = load<u64>(shift)
  if (!fitsU64(shift) || count >= 256) return setZero(out)
  shiftRight256(count, x, out, 0)
}

/** SAR: the sign bit fills from above. */
export function sar(shift: usize, x: usize, out: usize): void {
  const count = load<u64>(shift)
  const sign = load<i64>(x, 24) >> 63
  if (!fitsU64(shift) || count >= 256) return setLimbs(sign, sign, sign, sign, out)
  shiftRight256(count, x, out, sign)
}

/** CLZ (EIP-7939): the number of leading zero bits, 256 for 0. */
export function clz(x: usize, out: usize): void {
  setU64((256 - bitLength(x)) as u64, out)
}

function shiftLeft256(count: u64, x: usize, out: usize): void {
  let x0 = load<u64>(x)
  let x1 = load<u64>(x, 8)
  let x2 = load<u64>(x, 16)
  let x3 = load<u64>(x, 24)
  // whole limbs, then the bits within
  if (count & 128) {
    x3 = x1
    x2 = x0
    x1 = 0
    x0 = 0
  }
  if (count & 64) {
    x3 = x2
    x2 = x1
    x1 = x0
    x0 = 0
  }
  const bits = count & 63
  const rest = 63 - bits
  setLimbs(
    x0 << bits,
    (x1 << bits) | ((x0 >> 1) >> rest),
    (x2 << bits) | ((x1 >> 1) >> rest),
    (x3 << bits) | ((x2 >> 1) >> rest),
    out,
  )
}

/** `fill` is all zeros or all ones: what comes in from above. */
function shiftRight256(count: u64, x: usize, out: usize, fill: u64): void {
  let x0 = load<u64>(x)
  let x1 = load<u64>(x, 8)
  let x2 = load<u64>(x, 16)
  let x3 = load<u64>(x, 24)
  if (count & 128) {
    x0 = x2
    x1 = x3
    x2 = fill
    x3 = fill
  }
  if (count & 64) {
    x0 = x1
    x1 = x2
    x2 = x3
    x3 = fill
  }
  const bits = count & 63
  const rest = 63 - bits
  setLimbs(
    (x0 >> bits) | ((x1 << 1) << rest),
    (x1 >> bits) | ((x2 << 1) << rest),
    (x2 >> bits) | ((x3 << 1) << rest),
    (x3 >> bits) | ((fill << 1) << rest),
    out,
  )
}
