/** Arithmetic (0x01 to 0x1e): short operations stand in the code, long ones are calls. */
import {
  byteAt,
  leadingZeros,
  shiftLeft,
  shiftLeftLimbs,
  shiftRight,
  shiftRightLimbs,
  signExtend,
} from './emitBits.ts'
import { emitComparison } from './emitComparison.ts'
import type { FrameCode } from './FrameCode.ts'
import * as limbs from './limbs.ts'
import { callSupport, chooseWay, isNeverNegative, type Operation, orAbove } from './Operation.ts'
import { ANY, bitLength, limbsOf } from './ranges.ts'
import { constantValue, type Limb, limbCount, limbValue, type Value } from './Value.ts'
import { I64, Op } from './wasm/index.ts'

const EXP_GAS_PER_BYTE = 50n

export function emitArithmetic(code: FrameCode, operation: Operation): Value {
  const { op, range } = operation
  if (range.value !== undefined && op !== 0x0a) return constantValue(range.value)
  const inputs =
    op >= 0x10 && op <= 0x18 ? operation.inputs : operation.inputs.map((v) => limbs.plain(code, v))
  const [a, b] = inputs as [Value, Value]
  switch (op) {
    case 0x01:
      return limbValue(range, addLimbs(code, a, b, limbsOf(range)))
    case 0x02:
      return multiply(code, operation, a, b)
    case 0x03:
      return limbValue(range, subtractLimbs(code, a, b))
    case 0x04:
    case 0x06:
      return divide(code, operation, a, b)
    case 0x05:
    case 0x07:
      return isNeverNegative(a) && isNeverNegative(b)
        ? divide(code, { ...operation, op: op - 1 }, a, b)
        : divideSigned(code, operation, a, b)
    case 0x08:
      return addModulo(code, operation, a, b)
    case 0x09:
      return callSupport(code, 'mulmod', operation)
    case 0x0a:
      return exponentiate(code, operation)
    case 0x0b:
      return signExtend(code, operation, a, b)
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x15:
    case 0x16:
    case 0x17:
    case 0x18:
      return emitComparison(code, op, a, b, range)
    case 0x19:
      return limbValue(
        range,
        [0, 1, 2, 3].map((i) => limbs.xor(code, a.limbs[i]!, 0xffffffffffffffffn)),
      )
    case 0x1a:
      return byteAt(code, operation, a, b)
    case 0x1b:
      return shiftLeft(code, operation, a, b)
    case 0x1c:
    case 0x1d:
      return shiftRight(code, operation, a, b)
    default:
      return leadingZeros(code, a, range)
  }
}

// --------------------------------------------------------------------------------------------------- sums, products

function addLimbs(code: FrameCode, a: Value, b: Value, count: number): Limb[] {
  const result: Limb[] = []
  let carry: Limb = 0n
  for (let i = 0; i < count; i++) {
    const x = a.limbs[i]!
    const y = b.limbs[i]!
    const sum = limbs.add(code, x, y)
    const total = limbs.add(code, sum, carry)
    result.push(total)
    if (i === count - 1) break
    const carries = y === 0n || x === 0n ? false : limbs.isBelow(code, sum, typeof y === 'bigint' ? y : x)
    const carriesOn = carry === 0n || sum === 0n ? false : limbs.isBelow(code, total, carry)
    carry = limbs.flagLimb(code, limbs.either(code, carries, carriesOn))
  }
  return result
}

function subtractLimbs(code: FrameCode, a: Value, b: Value): Limb[] {
  const result: Limb[] = []
  const count = Math.max(limbCount(a), limbCount(b))
  let borrow: Limb = 0n
  for (let i = 0; i < count; i++) {
    const x = a.limbs[i]!
    const y = b.limbs[i]!
    const difference = limbs.subtract(code, x, y)
    result.push(limbs.subtract(code, difference, borrow))
    if (i === 3) return result
    const borrows = limbs.isBelow(code, x, y)
    const borrowsOn = borrow === 0n ? false : limbs.isBelow(code, difference, borrow)
    borrow = limbs.flagLimb(code, limbs.either(code, borrows, borrowsOn))
  }
  const above = limbs.subtract(code, 0n, borrow)
  while (result.length < 4) result.push(above)
  return result
}

function multiply(code: FrameCode, operation: Operation, a: Value, b: Value): Value {
  const { range } = operation
  const [factor, other] = b.range.value === undefined ? [a, b] : [b, a]
  const shifts = setBits(factor)
  if (shifts !== undefined && (limbsOf(range) > 1 || shifts.length === 1)) {
    const [first, ...rest] = shifts.map((bits) => limbValue(ANY, shiftLeftLimbs(code, other, bits)))
    const sum = rest.reduce((all, each) => limbValue(ANY, addLimbs(code, all, each, 4)), first!)
    return limbValue(range, sum.limbs)
  }
  const [x, y] = [a.limbs[0], b.limbs[0]]
  if (limbsOf(range) === 1) return limbValue(range, [limbs.multiply(code, x, y)])
  const product = (): Limb[] => [limbs.multiply(code, x, y), limbs.multiplyHigh(code, x, y)]
  if (limbCount(a) <= 1 && limbCount(b) <= 1) return limbValue(range, product())
  const areShort = limbs.isZero(code, limbs.or(code, orAbove(code, a), orAbove(code, b)))
  return chooseWay(code, operation, areShort, product, 'mul')
}

/** The bits that are set in a known number with one or two of them: multiplying by it is shifting and adding. */
function setBits({ range: { value } }: Value): number[] | undefined {
  if (value === undefined || value === 0n) return undefined
  const rest = value & (value - 1n)
  if ((rest & (rest - 1n)) !== 0n) return undefined
  const highest = bitLength(value) - 1
  return rest === 0n ? [highest] : [bitLength(value - rest) - 1, highest]
}

/** The exponent of a known power of two. */
function powerOfTwo({ range: { value } }: Value): number | undefined {
  if (value === undefined || value === 0n || (value & (value - 1n)) !== 0n) return undefined
  return bitLength(value) - 1
}

// ------------------------------------------------------------------------------------------------------- division

/** DIV (0x04) and MOD (0x06). */
function divide(code: FrameCode, operation: Operation, a: Value, b: Value): Value {
  const { op, range } = operation
  const shift = powerOfTwo(b)
  if (shift !== undefined) {
    if (op === 0x04) return limbValue(range, shiftRightLimbs(code, a, shift, 0n))
    const mask = constantValue((1n << BigInt(shift)) - 1n)
    return limbValue(
      range,
      a.limbs.map((limb, i) => limbs.and(code, limb, mask.limbs[i]!)),
    )
  }
  const isShort = limbCount(a) <= 1 && limbCount(b) <= 1
  if (isShort && b.range.value !== undefined && b.range.value !== 0n) {
    return limbValue(range, [divideShort(code, op, a, b)])
  }
  return divideChecked(code, operation, a, b, isShort)
}

function divideShort(code: FrameCode, op: number, a: Value, b: Value): Limb {
  code.limb(a, 0)
  code.limb(b, 0)
  code.body.op(op === 0x04 ? Op.i64DivU : Op.i64RemU)
  return code.body.keep(I64)
}

/** One machine division where both fit into a limb and the divisor is not zero, else a call (or zero). */
function divideChecked(code: FrameCode, operation: Operation, a: Value, b: Value, isShort: boolean): Value {
  const { op, range } = operation
  const { body } = code
  if (!isShort) {
    const fits = limbs.isZero(code, limbs.or(code, orAbove(code, a), orAbove(code, b)))
    const isSafe = limbs.both(code, fits, limbs.isNotZero(code, b.limbs[0]))
    return chooseWay(
      code,
      operation,
      isSafe,
      () => [divideShort(code, op, a, b)],
      op === 0x04 ? 'div' : 'mod',
    )
  }
  const result = body.temporary(I64)
  body.i64(0n)
  body.set(result)
  limbs.pushFlag(code, limbs.isNotZero(code, b.limbs[0]))
  body.if()
  code.pushLimb(divideShort(code, op, a, b))
  body.set(result)
  body.end()
  return limbValue(range, [result])
}

/** SDIV (0x05) and SMOD (0x07): one machine division where both are numbers of 64 bits with sign, else a call. */
function divideSigned(code: FrameCode, operation: Operation, a: Value, b: Value): Value {
  const isQuotient = operation.op === 0x05
  const divisor = b.limbs[0]
  const isDividing = limbs.isBelow(code, 1n, limbs.add(code, divisor, 1n)) // neither 0 nor -1, whose quotient may overflow
  const isSafe = limbs.both(code, limbs.both(code, isSigned64(code, a), isSigned64(code, b)), isDividing)
  const shortWay = (): Limb[] => {
    code.limb(a, 0)
    code.limb(b, 0)
    code.body.op(isQuotient ? Op.i64DivS : Op.i64RemS)
    const result = code.body.keep(I64)
    const sign = limbs.shiftRightSigned(code, result, 63)
    return [result, sign, sign, sign]
  }
  return chooseWay(code, operation, isSafe, shortWay, isQuotient ? 'sdiv' : 'smod')
}

/** Whether limb 0, as a signed number, says it all. */
function isSigned64(code: FrameCode, value: Value): limbs.Flag {
  const sign = limbs.shiftRightSigned(code, value.limbs[0], 63)
  const differences = value.limbs.slice(1).map((limb) => limbs.xor(code, limb, sign))
  return limbs.isZero(
    code,
    differences.reduce((all, limb) => limbs.or(code, all, limb), 0n as Limb),
  )
}

/** ADDMOD (0x08): where the modulus is a power of two, the sum needs no more bits than a word has. */
function addModulo(code: FrameCode, operation: Operation, a: Value, b: Value): Value {
  const { range, inputs } = operation
  const bits = powerOfTwo(inputs[2]!)
  if (bits === undefined) return callSupport(code, 'addmod', operation)
  const mask = constantValue((1n << BigInt(bits)) - 1n)
  const sum = addLimbs(code, a, b, limbsOf(range))
  return limbValue(
    range,
    sum.map((limb, i) => limbs.and(code, limb, mask.limbs[i]!)),
  )
}

/** EXP (0x0a): 50 gas a byte of the exponent (EIP-160). */
function exponentiate(code: FrameCode, operation: Operation): Value {
  const { inputs, height, range } = operation
  const exponent = inputs[1]!
  code.spill(exponent, height - 2)
  code.positionAddress(height - 2)
  code.call('byteLength')
  code.body.op(Op.i64ExtendI32U)
  code.body.i64(EXP_GAS_PER_BYTE)
  code.body.op(Op.i64Mul)
  code.chargeTop()
  return range.value === undefined ? callSupport(code, 'exp', operation) : constantValue(range.value)
}
