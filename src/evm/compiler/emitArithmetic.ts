/** Arithmetic, comparisons, bits (0x01 to 0x1e). Short operations stand in the code, long ones are calls. */
import type { FrameCode } from './FrameCode.ts'
import * as limbs from './limbs.ts'
import { ANY, bitLength, bitsOf, limbsOf, type Range } from './ranges.ts'
import type { SupportFunction } from './supportFunctions.ts'
import { anyValue, constantValue, type Limb, limbCount, limbValue, type Value } from './Value.ts'
import { I64, Op } from './wasm/index.ts'

const EXP_GAS_PER_BYTE = 50n
const WORD_BITS = 256

/** An instruction with its operands. `inputs`: from the top of the stack down; `height`: words below and with them. */
export type Operation = {
  op: number
  inputs: readonly Value[]
  height: number
  /** Of the result. */
  range: Range
}

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
      return emitLogic(code, op, a, b, range)
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

/** Operands to their positions on the stack in memory, call, result from the position of the last one. */
function callSupport(code: FrameCode, name: SupportFunction, { inputs, height, range }: Operation): Value {
  const result = height - inputs.length
  for (const [i, input] of inputs.entries()) code.spill(input, height - 1 - i)
  for (let i = 0; i < inputs.length; i++) code.positionAddress(height - 1 - i)
  code.positionAddress(result)
  code.call(name)
  return code.reload(result, range)
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

/** The result of a short way where the flag is set, else of a call. */
function chooseWay(
  code: FrameCode,
  operation: Operation,
  isShort: limbs.Flag,
  shortWay: () => Limb[],
  support: SupportFunction,
): Value {
  const { body } = code
  const result = Array.from({ length: limbsOf(operation.range) }, () => body.temporary(I64))
  limbs.pushFlag(code, isShort)
  body.if()
  code.setLimbs(result, anyValue(shortWay()))
  body.else()
  code.setLimbs(result, callSupport(code, support, operation))
  body.end()
  return limbValue(operation.range, result)
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

function isNeverNegative({ range }: Value): boolean {
  return bitsOf(range) < WORD_BITS
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

/** The limbs above the lowest, or-ed. */
function orAbove(code: FrameCode, value: Value): Limb {
  return value.limbs.slice(1).reduce((all, limb) => limbs.or(code, all, limb), 0n as Limb)
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

// ------------------------------------------------------------------------------------------- comparisons and logic

function emitLogic(code: FrameCode, op: number, a: Value, b: Value, range: Range): Value {
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

// ---------------------------------------------------------------------------------------------------------- shifts

function shiftLeftLimbs(code: FrameCode, value: Value, bits: number): Limb[] {
  const [whole, part] = [bits >> 6, bits & 63]
  return [0, 1, 2, 3].map((i) => {
    const low = value.limbs[i - whole] ?? 0n
    if (part === 0) return low
    const below = value.limbs[i - whole - 1] ?? 0n
    return limbs.or(code, limbs.shiftLeft(code, low, part), limbs.shiftRight(code, below, 64 - part))
  })
}

/** `fill`: what comes in from above, all zeros or all ones. */
function shiftRightLimbs(code: FrameCode, value: Value, bits: number, fill: Limb): Limb[] {
  const [whole, part] = [bits >> 6, bits & 63]
  return [0, 1, 2, 3].map((i) => {
    const low = value.limbs[i + whole] ?? fill
    if (part === 0) return low
    const above = value.limbs[i + whole + 1] ?? fill
    if (i + whole === 3 && fill !== 0n) return limbs.shiftRightSigned(code, low, part)
    return limbs.or(code, limbs.shiftRight(code, low, part), limbs.shiftLeft(code, above, 64 - part))
  })
}

function shiftLeft(code: FrameCode, operation: Operation, shift: Value, value: Value): Value {
  const bits = shift.range.value
  if (bits === undefined) return callSupport(code, 'shl', operation)
  return limbValue(operation.range, shiftLeftLimbs(code, value, Number(bits)))
}

function shiftRight(code: FrameCode, operation: Operation, shift: Value, value: Value): Value {
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
function byteAt(code: FrameCode, operation: Operation, index: Value, value: Value): Value {
  const at = index.range.value
  if (at === undefined) return callSupport(code, 'byteAt', operation)
  if (at > 31n) return constantValue(0n)
  const fromBelow = 31 - Number(at)
  const shifted = limbs.shiftRight(code, value.limbs[fromBelow >> 3]!, (fromBelow & 7) * 8)
  return limbValue(operation.range, [limbs.and(code, shifted, 0xffn)])
}

/** SIGNEXTEND (0x0b): the sign bit of byte `index` from below fills all bits above it. */
function signExtend(code: FrameCode, operation: Operation, index: Value, value: Value): Value {
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
function leadingZeros(code: FrameCode, value: Value, range: Range): Value {
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
