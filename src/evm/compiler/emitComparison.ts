/** Comparisons and bitwise logic (0x10 to 0x18). Results of comparisons are flags. */
import type { FrameCode } from './FrameCode.ts'
import * as limbs from './limbs.ts'
import { isNeverNegative, orAbove } from './Operation.ts'
import type { Range } from './ranges.ts'
import { type Limb, limbCount, limbValue, type Value } from './Value.ts'

export function emitComparison(code: FrameCode, op: number, a: Value, b: Value, range: Range): Value {
  if (op === 0x15) return limbs.valueOfFlag(isZero(code, a))
  if (op >= 0x16) return bitwise(code, op, a, b, range)
  const [x, y] = [limbs.plain(code, a), limbs.plain(code, b)]
  switch (op) {
    case 0x10:
      return limbs.valueOfFlag(isLess(code, x, y))
    case 0x11:
      return limbs.valueOfFlag(isLess(code, y, x))
    case 0x12:
      return limbs.valueOfFlag(isLessSigned(code, x, y))
    case 0x13:
      return limbs.valueOfFlag(isLessSigned(code, y, x))
    default:
      return limbs.valueOfFlag(isSame(code, x, y))
  }
}

/** Whether a value is zero, as a flag. */
export function isZero(code: FrameCode, value: Value): limbs.Flag {
  if (value.flag !== undefined) return limbs.not(code, value.flag)
  return limbs.isZero(code, limbs.or(code, value.limbs[0], orAbove(code, value)))
}

/** Whether a value is not zero, as a flag. */
export function isNotZero(code: FrameCode, value: Value): limbs.Flag {
  if (value.flag !== undefined) return value.flag
  return limbs.isNotZero(code, limbs.or(code, value.limbs[0], orAbove(code, value)))
}

function isSame(code: FrameCode, a: Value, b: Value): limbs.Flag {
  const count = Math.max(limbCount(a), limbCount(b))
  if (count <= 1) return limbs.isEqual(code, a.limbs[0], b.limbs[0])
  let difference: Limb = 0n
  for (let i = 0; i < count; i++) {
    difference = limbs.or(code, difference, limbs.xor(code, a.limbs[i]!, b.limbs[i]!))
  }
  return limbs.isZero(code, difference)
}

/** From the lowest limb up: below, or equal and below so far. Where one side has no more limbs, those of the other tell. */
function isLess(code: FrameCode, a: Value, b: Value): limbs.Flag {
  const shared = Math.min(limbCount(a), limbCount(b))
  let less: limbs.Flag = false
  for (let i = 0; i < shared; i++) {
    const [x, y] = [a.limbs[i]!, b.limbs[i]!]
    const equalAndLess = less === false ? false : limbs.both(code, limbs.isEqual(code, x, y), less)
    less = limbs.either(code, limbs.isBelow(code, x, y), equalAndLess)
  }
  if (limbCount(b) > shared) return limbs.either(code, limbs.isNotZero(code, orFrom(code, b, shared)), less)
  if (limbCount(a) > shared && less !== false)
    return limbs.both(code, limbs.isZero(code, orFrom(code, a, shared)), less)
  return less
}

function orFrom(code: FrameCode, value: Value, from: number): Limb {
  return value.limbs.slice(from).reduce((all, limb) => limbs.or(code, all, limb), 0n as Limb)
}

function isLessSigned(code: FrameCode, a: Value, b: Value): limbs.Flag {
  if (isNeverNegative(a) && isNeverNegative(b)) return isLess(code, a, b)
  const below = isLess(code, withoutTop(a), withoutTop(b))
  const [x, y] = [a.limbs[3], b.limbs[3]]
  const equalAndLess = below === false ? false : limbs.both(code, limbs.isEqual(code, x, y), below)
  return limbs.either(code, limbs.isBelowSigned(code, x, y), equalAndLess)
}

function withoutTop(value: Value): Value {
  const [l0, l1, l2] = value.limbs
  return { range: value.range, limbs: [l0, l1, l2, 0n], flag: undefined }
}

function bitwise(code: FrameCode, op: number, a: Value, b: Value, range: Range): Value {
  if (a.flag !== undefined && b.flag !== undefined) {
    const combine = op === 0x16 ? limbs.both : op === 0x17 ? limbs.either : limbs.differ
    return limbs.valueOfFlag(combine(code, a.flag, b.flag))
  }
  const [x, y] = [limbs.plain(code, a), limbs.plain(code, b)]
  const combine = op === 0x16 ? limbs.and : op === 0x17 ? limbs.or : limbs.xor
  return limbValue(
    range,
    x.limbs.map((limb, i) => combine(code, limb, y.limbs[i]!)),
  )
}
