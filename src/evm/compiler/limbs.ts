/** Operations on single limbs and flags, which fold where the operands are constants. */
import type { FrameCode } from './FrameCode.ts'
import { constantValue, flagValue, type Limb, type Value } from './Value.ts'
import type { Local } from './wasm/index.ts'
import { I32, I64, Op } from './wasm/index.ts'

/** An i32 that is 0 or 1: a local, or known. */
export type Flag = Local | boolean

const ALL_ONES = 0xffffffffffffffffn
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const signed = (value: bigint): bigint => BigInt.asIntN(64, value)

/** The limbs of a value; a flag becomes one. */
export function plain(code: FrameCode, value: Value): Value {
  if (value.flag === undefined) return value
  code.limb(value, 0)
  return { range: value.range, limbs: [code.body.keep(I64), 0n, 0n, 0n], flag: undefined }
}

function binary(code: FrameCode, op: number, x: Limb, y: Limb): Limb {
  code.pushLimb(x)
  code.pushLimb(y)
  code.body.op(op)
  return code.body.keep(I64)
}

export function add(code: FrameCode, x: Limb, y: Limb): Limb {
  if (typeof x === 'bigint' && typeof y === 'bigint') return wrap(x + y)
  if (y === 0n) return x
  if (x === 0n) return y
  return binary(code, Op.i64Add, x, y)
}

export function subtract(code: FrameCode, x: Limb, y: Limb): Limb {
  if (typeof x === 'bigint' && typeof y === 'bigint') return wrap(x - y)
  return y === 0n ? x : binary(code, Op.i64Sub, x, y)
}

export function multiply(code: FrameCode, x: Limb, y: Limb): Limb {
  if (typeof x === 'bigint' && typeof y === 'bigint') return wrap(x * y)
  if (x === 0n || y === 0n) return 0n
  if (x === 1n) return y
  if (y === 1n) return x
  return binary(code, Op.i64Mul, x, y)
}

export function and(code: FrameCode, x: Limb, y: Limb): Limb {
  if (typeof x === 'bigint' && typeof y === 'bigint') return x & y
  if (x === 0n || y === 0n) return 0n
  if (x === ALL_ONES || x === y) return y
  if (y === ALL_ONES) return x
  return binary(code, Op.i64And, x, y)
}

export function or(code: FrameCode, x: Limb, y: Limb): Limb {
  if (typeof x === 'bigint' && typeof y === 'bigint') return x | y
  if (x === 0n || x === y) return y
  if (y === 0n) return x
  if (x === ALL_ONES || y === ALL_ONES) return ALL_ONES
  return binary(code, Op.i64Or, x, y)
}

export function xor(code: FrameCode, x: Limb, y: Limb): Limb {
  if (typeof x === 'bigint' && typeof y === 'bigint') return x ^ y
  if (x === 0n) return y
  if (y === 0n) return x
  return x === y ? 0n : binary(code, Op.i64Xor, x, y)
}

/** Shifts by 0 to 63 bits. */
export function shiftLeft(code: FrameCode, x: Limb, bits: number): Limb {
  if (typeof x === 'bigint') return wrap(x << BigInt(bits))
  return bits === 0 ? x : binary(code, Op.i64Shl, x, BigInt(bits))
}

export function shiftRight(code: FrameCode, x: Limb, bits: number): Limb {
  if (typeof x === 'bigint') return x >> BigInt(bits)
  return bits === 0 ? x : binary(code, Op.i64ShrU, x, BigInt(bits))
}

/** The sign bit comes in from above. */
export function shiftRightSigned(code: FrameCode, x: Limb, bits: number): Limb {
  if (typeof x === 'bigint') return wrap(signed(x) >> BigInt(bits))
  return bits === 0 ? x : binary(code, Op.i64ShrS, x, BigInt(bits))
}

/** The upper 64 bits of the product of two limbs, out of four products of 32 bits: WebAssembly has no wider one. */
export function multiplyHigh(code: FrameCode, x: Limb, y: Limb): Limb {
  if (typeof x === 'bigint' && typeof y === 'bigint') return (x * y) >> 64n
  const mask = 0xffffffffn
  const [xLow, xHigh] = [and(code, x, mask), shiftRight(code, x, 32)]
  const [yLow, yHigh] = [and(code, y, mask), shiftRight(code, y, 32)]
  const lowest = shiftRight(code, multiply(code, xLow, yLow), 32)
  const middle = add(code, multiply(code, xLow, yHigh), lowest)
  const middle2 = add(code, multiply(code, xHigh, yLow), and(code, middle, mask))
  const high = add(code, multiply(code, xHigh, yHigh), shiftRight(code, middle, 32))
  return add(code, high, shiftRight(code, middle2, 32))
}

// ---------------------------------------------------------------------------------------------------------- flags

function compare(code: FrameCode, op: number, x: Limb, y: Limb): Flag {
  code.pushLimb(x)
  code.pushLimb(y)
  code.body.op(op)
  return code.body.keep(I32)
}

export function isBelow(code: FrameCode, x: Limb, y: Limb): Flag {
  if (typeof x === 'bigint' && typeof y === 'bigint') return x < y
  if (y === 0n) return false
  if (x === 0n) return isNotZero(code, y)
  return compare(code, Op.i64LtU, x, y)
}

export function isBelowSigned(code: FrameCode, x: Limb, y: Limb): Flag {
  if (typeof x === 'bigint' && typeof y === 'bigint') return signed(x) < signed(y)
  return compare(code, Op.i64LtS, x, y)
}

export function isEqual(code: FrameCode, x: Limb, y: Limb): Flag {
  if (typeof x === 'bigint' && typeof y === 'bigint') return x === y
  if (x === y) return true
  if (y === 0n) return isZero(code, x)
  return x === 0n ? isZero(code, y) : compare(code, Op.i64Eq, x, y)
}

export function isZero(code: FrameCode, x: Limb): Flag {
  if (typeof x === 'bigint') return x === 0n
  code.pushLimb(x)
  code.body.op(Op.i64Eqz)
  return code.body.keep(I32)
}

export function isNotZero(code: FrameCode, x: Limb): Flag {
  if (typeof x === 'bigint') return x !== 0n
  return compare(code, Op.i64Ne, x, 0n)
}

function combine(code: FrameCode, op: number, a: Local, b: Local): Flag {
  code.body.get(a)
  code.body.get(b)
  code.body.op(op)
  return code.body.keep(I32)
}

export function both(code: FrameCode, a: Flag, b: Flag): Flag {
  if (a === false || b === false) return false
  if (a === true) return b
  return b === true ? a : combine(code, Op.i32And, a, b)
}

export function either(code: FrameCode, a: Flag, b: Flag): Flag {
  if (a === true || b === true) return true
  if (a === false) return b
  return b === false ? a : combine(code, Op.i32Or, a, b)
}

export function differ(code: FrameCode, a: Flag, b: Flag): Flag {
  if (a === false) return b
  if (b === false) return a
  if (a === true) return b === true ? false : not(code, b)
  return b === true ? not(code, a) : combine(code, Op.i32Xor, a, b)
}

export function not(code: FrameCode, a: Flag): Flag {
  if (typeof a === 'boolean') return !a
  code.body.get(a)
  code.body.op(Op.i32Eqz)
  return code.body.keep(I32)
}

export function pushFlag(code: FrameCode, flag: Flag): void {
  if (typeof flag === 'boolean') code.body.i32(flag ? 1 : 0)
  else code.body.get(flag)
}

/** A flag as limb. */
export function flagLimb(code: FrameCode, flag: Flag): Limb {
  if (typeof flag === 'boolean') return flag ? 1n : 0n
  code.body.get(flag)
  code.body.op(Op.i64ExtendI32U)
  return code.body.keep(I64)
}

export function valueOfFlag(flag: Flag): Value {
  return typeof flag === 'boolean' ? constantValue(flag ? 1n : 0n) : flagValue(flag)
}
