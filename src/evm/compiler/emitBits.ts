/** Shifts, bytes and the sign within a word: SIGNEXTEND, BYTE, SHL, SHR, SAR, CLZ. */
import type { FrameCode } from './FrameCode.ts'
import * as limbs from './limbs.ts'
import { callSupport, isNeverNegative, type Operation } from './Operation.ts'
import { bitsOf, type Range } from './ranges.ts'
import { constantValue, type Limb, limbCount, limbValue, type Value } from './Value.ts'
import { I64, Op } from './wasm/index.ts'

export function shiftLeftLimbs(code: FrameCode, value: Value, bits: number): Limb[] {
  const [whole, part] = [bits >> 6, bits & 63]
  return [0, 1, 2, 3].map((i) => {
    const low = value.limbs[i - whole] ?? 0n
    if (part === 0) return low
    const below = value.limbs[i - whole - 1] ?? 0n
    return limbs.or(code, limbs.shiftLeft(code, low, part), limbs.shiftRight(code, below, 64 - part))
  })
}

/** `fill`: what comes in from above, all zeros or all ones. */
export function shiftRightLimbs(code: FrameCode, value: Value, bits: number, fill: Limb): Limb[] {
  const [whole, part] = [bits >> 6, bits & 63]
  return [0, 1, 2, 3].map((i) => {
    const low = value.limbs[i + whole] ?? fill
    if (part === 0) return low
    const above = value.limbs[i + whole + 1] ?? fill
    if (i + whole === 3 && fill !== 0n) return limbs.shiftRightSigned(code, low, part)
    return limbs.or(code, limbs.shiftRight(code, low, part), limbs.shiftLeft(code, above, 64 - part))
  })
}

export function shiftLeft(code: FrameCode, operation: Operation, shift: Value, value: Value): Value {
  const bits = shift.range.value
  if (bits === undefined) return callSupport(code, 'shl', operation)
  return limbValue(operation.range, shiftLeftLimbs(code, value, Number(bits)))
}

export function shiftRight(code: FrameCode, operation: Operation, shift: Value, value: Value): Value {
  const { range } = operation
  const isSigned = operation.op === 0x1d && !isNeverNegative(value)
  const bits = shift.range.value
  if (bits !== undefined) {
    const fill = isSigned ? limbs.shiftRightSigned(code, value.limbs[3], 63) : 0n
    if (bits < 256n) return limbValue(range, shiftRightLimbs(code, value, Number(bits), fill))
    return limbValue(range, [fill, fill, fill, fill])
  }
  if (isSigned || limbCount(value) > 1 || limbCount(shift) > 1) {
    return callSupport(code, isSigned ? 'sar' : 'shr', operation)
  }
  const { body } = code
  body.i64(0n)
  code.limb(value, 0)
  code.limb(shift, 0)
  body.op(Op.i64ShrU)
  code.limb(shift, 0)
  body.i64(63n)
  body.op(Op.i64GtU)
  body.op(Op.select)
  return limbValue(range, [body.keep(I64)])
}

/** BYTE (0x1a): counted from the most significant. */
export function byteAt(code: FrameCode, operation: Operation, index: Value, value: Value): Value {
  const at = index.range.value
  if (at === undefined) return callSupport(code, 'byteAt', operation)
  if (at > 31n) return constantValue(0n)
  const fromBelow = 31 - Number(at)
  const shifted = limbs.shiftRight(code, value.limbs[fromBelow >> 3]!, (fromBelow & 7) * 8)
  return limbValue(operation.range, [limbs.and(code, shifted, 0xffn)])
}

/** SIGNEXTEND (0x0b): the sign bit of byte `index` from below fills all bits above it. */
export function signExtend(code: FrameCode, operation: Operation, index: Value, value: Value): Value {
  const { range } = operation
  const byte = index.range.value
  if (byte === undefined) return callSupport(code, 'signextend', operation)
  if (byte >= 31n || bitsOf(value.range) <= Number(byte) * 8 + 7) return value
  const limb = Number(byte) >> 3
  const unused = 56 - (Number(byte) & 7) * 8
  const shifted = limbs.shiftLeft(code, value.limbs[limb]!, unused)
  const extended = limbs.shiftRightSigned(code, shifted, unused)
  const above = limbs.shiftRightSigned(code, extended, 63)
  return limbValue(
    range,
    [0, 1, 2, 3].map((i) => (i < limb ? value.limbs[i]! : i === limb ? extended : above)),
  )
}

/** CLZ (0x1e), EIP-7939: 256 for zero. */
export function leadingZeros(code: FrameCode, value: Value, range: Range): Value {
  const { body } = code
  const count = Math.max(1, limbCount(value))
  pushLeadingZeros(code, value, 0)
  let result = body.keep(I64)
  for (let i = 1; i < count; i++) {
    pushLeadingZeros(code, value, i)
    body.get(result)
    limbs.pushFlag(code, limbs.isNotZero(code, value.limbs[i]!))
    body.op(Op.select)
    result = body.keep(I64)
  }
  return limbValue(range, [result])
}

function pushLeadingZeros(code: FrameCode, value: Value, limb: number): void {
  code.limb(value, limb)
  code.body.op(Op.i64Clz)
  code.body.i64(BigInt(192 - limb * 64))
  code.body.op(Op.i64Add)
}
