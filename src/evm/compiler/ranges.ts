/**
 * What is known of a word before the program runs: its value, or how many bits it has at most.
 *
 * Levels 0 to 56 and 64 to 256 are numbers of bits. Level {@link COUNTER} is a number below 2^63 that came about by
 * adding numbers below 256 to one below 2^56, again and again: a loop's counter. Each addition costs 3 gas, and compiled
 * code runs with less than 2^55 gas (kernels/assembly/tiers.ts), so adding never carries a counter beyond 2^63.
 */
export type Range = { readonly level: number; readonly value: bigint | undefined }

const COUNTER = 57
const COUNTER_BITS = 63
const LARGEST_BELOW_COUNTER = 56
const WORD_BITS = 256
const SMALL_ADDEND_BITS = 8
const MODULUS = 1n << 256n
const SIGN = 1n << 255n

const BY_LEVEL: readonly Range[] = Array.from({ length: WORD_BITS + 1 }, (_, level) => ({
  level,
  value: level === 0 ? 0n : undefined,
}))

/** Any number of `bits` bits. */
export function bitsRange(bits: number): Range {
  if (bits > LARGEST_BELOW_COUNTER && bits < 64) return BY_LEVEL[64]!
  return BY_LEVEL[Math.min(bits, WORD_BITS)]!
}

export const ANY: Range = bitsRange(256)
export const BOOLEAN: Range = bitsRange(1)

/** The range of one number, modulo 2^256. */
export function constantRange(value: bigint): Range {
  const wrapped = BigInt.asUintN(256, value)
  return { level: bitsRange(bitLength(wrapped)).level, value: wrapped }
}

/** Bits that a number of this range has at most. */
export function bitsOf({ level }: Range): number {
  return level === COUNTER ? COUNTER_BITS : level
}

/** 64-bit limbs that hold it; 0 for the constant zero. */
export function limbsOf(range: Range): number {
  return (bitsOf(range) + 63) >> 6
}

/** The smallest range that holds both. */
export function join(a: Range, b: Range): Range {
  if (a.value !== undefined && a.value === b.value) return a
  return BY_LEVEL[Math.max(a.level, b.level)]!
}

/** Where a loop makes a range grow step by step, it grows to the next of these at once. */
const STEPS = [1, 8, 16, 32, COUNTER, 64, 96, 128, 160, 192, 224, WORD_BITS]

/** Like {@link join}, for a range that has grown before. */
export function widen(before: Range, now: Range): Range {
  const joined = join(before, now)
  if (joined.value !== undefined || joined.level <= before.level) return joined
  return BY_LEVEL[STEPS.find((step) => step >= joined.level)!]!
}

export function isWithin(inner: Range, outer: Range): boolean {
  return outer.value === undefined ? inner.level <= outer.level : inner.value === outer.value
}

/** What the environment's instructions push. */
const ENVIRONMENT_BITS: Record<number, number> = {
  32: 256, // KECCAK256
  48: 160,
  50: 160,
  51: 160,
  54: 32, // CALLDATASIZE
  59: 32, // EXTCODESIZE
  61: 32, // RETURNDATASIZE
  65: 160,
  66: 64,
  67: 64,
  69: 64,
  89: 32, // MSIZE
  90: 56, // GAS: compiled code has less than 2^55
  240: 160,
  245: 160,
  241: 1,
  242: 1,
  244: 1,
  250: 1,
}

/**
 * Range of an instruction's result. `inputs`: from the top of the stack down. Not for PUSH, PC, CODESIZE, DUP and SWAP,
 * whose results need more than ranges.
 */
export function resultRange(op: number, inputs: readonly Range[]): Range {
  const range = rangeOfAny(op, inputs)
  const known = fold(op, inputs)
  if (known === undefined) return range
  const { level, value } = constantRange(known)
  // A counter stays one when its value is known: knowing more of the operands must not tell less of the result.
  return { level: Math.min(level, range.level), value }
}

/** The range of the results for all operands of these ranges, whether or not their values are known. */
function rangeOfAny(op: number, inputs: readonly Range[]): Range {
  const [a, b] = inputs as [Range, Range]
  switch (op) {
    case 0x01: // ADD
      return sumRange(a, b)
    case 0x02: // MUL
      return bitsRange(bitsOf(a) + bitsOf(b))
    case 0x04: // DIV
      return bitsRange(b.value === undefined || b.value === 0n ? bitsOf(a) : quotientBits(bitsOf(a), b.value))
    case 0x06: // MOD
      return bitsRange(Math.min(bitsOf(a), bitsOf(b)))
    case 0x05: // SDIV
    case 0x07: // SMOD
      if (bitsOf(a) === WORD_BITS || bitsOf(b) === WORD_BITS) return ANY
      return rangeOfAny(op - 1, inputs)
    case 0x08: // ADDMOD
    case 0x09: // MULMOD
      return bitsRange(bitsOf(inputs[2]!))
    case 0x0b: // SIGNEXTEND
      return a.value !== undefined && (a.value >= 31n || bitsOf(b) <= Number(a.value) * 8 + 7)
        ? asBits(b)
        : ANY
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x15:
      return BOOLEAN
    case 0x16: // AND
      return bitsRange(Math.min(bitsOf(a), bitsOf(b)))
    case 0x17:
    case 0x18: // OR XOR
      return bitsRange(Math.max(bitsOf(a), bitsOf(b)))
    case 0x1a: // BYTE
      return bitsRange(8)
    case 0x1b: // SHL
      return a.value === undefined ? ANY : bitsRange(a.value > 255n ? 0 : bitsOf(b) + Number(a.value))
    case 0x1d: // SAR
      if (bitsOf(b) === WORD_BITS) return ANY
      return shiftRightRange(a, b)
    case 0x1c: // SHR
      return shiftRightRange(a, b)
    case 0x1e: // CLZ
      return bitsRange(9)
    default:
      return bitsRange(ENVIRONMENT_BITS[op] ?? WORD_BITS)
  }
}

function asBits(range: Range): Range {
  return BY_LEVEL[range.level]!
}

function sumRange(a: Range, b: Range): Range {
  const [larger, smaller] = a.level >= b.level ? [a, b] : [b, a]
  const isCounting = smaller.level <= SMALL_ADDEND_BITS && larger.level <= COUNTER
  if (isCounting && larger.level >= LARGEST_BELOW_COUNTER) return BY_LEVEL[COUNTER]!
  return bitsRange(bitsOf(larger) + 1)
}

function quotientBits(bits: number, divisor: bigint): number {
  return Math.max(0, bits - (bitLength(divisor) - 1))
}

function shiftRightRange(shift: Range, value: Range): Range {
  if (shift.value === undefined) return asBits(value)
  const bits = shift.value > 255n ? 0 : Math.max(0, bitsOf(value) - Number(shift.value))
  // What is left of a counter is one: to know the shift must not tell less than not to know it.
  return value.level === COUNTER && bits > LARGEST_BELOW_COUNTER ? asBits(value) : bitsRange(bits)
}

/** The result where all inputs are known and the operation is one of arithmetic; undefined otherwise. */
function fold(op: number, inputs: readonly Range[]): bigint | undefined {
  if (op > 0x1e) return undefined
  const values = inputs.map(({ value }) => value)
  const [a, b, c] = values
  if (a === undefined) return foldUnknownLeft(op, b)
  if (op === 0x15) return a === 0n ? 1n : 0n
  if (op === 0x19) return ~a
  if (op === 0x1e) return BigInt(WORD_BITS - bitLength(a))
  if (b === undefined) return (op === 0x02 || op === 0x16) && a === 0n ? 0n : undefined
  if (op === 0x08 || op === 0x09) {
    if (c === undefined) return undefined
    return c === 0n ? 0n : op === 0x08 ? (a + b) % c : (a * b) % c
  }
  return foldBinary(op, a, b)
}

function foldUnknownLeft(op: number, b: bigint | undefined): bigint | undefined {
  return (op === 0x02 || op === 0x16) && b === 0n ? 0n : undefined
}

function foldBinary(op: number, a: bigint, b: bigint): bigint | undefined {
  const signedA = BigInt.asIntN(256, a)
  const signedB = BigInt.asIntN(256, b)
  switch (op) {
    case 0x01:
      return a + b
    case 0x02:
      return a * b
    case 0x03:
      return a - b
    case 0x04:
      return b === 0n ? 0n : a / b
    case 0x05:
      return b === 0n ? 0n : signedA / signedB
    case 0x06:
      return b === 0n ? 0n : a % b
    case 0x07:
      return b === 0n ? 0n : signedA % signedB
    case 0x0a:
      return power(a, b)
    case 0x0b:
      return a >= 31n ? b : BigInt.asIntN(Number(a) * 8 + 8, b)
    case 0x10:
      return BigInt(a < b)
    case 0x11:
      return BigInt(a > b)
    case 0x12:
      return BigInt(signedA < signedB)
    case 0x13:
      return BigInt(signedA > signedB)
    case 0x14:
      return BigInt(a === b)
    case 0x16:
      return a & b
    case 0x17:
      return a | b
    case 0x18:
      return a ^ b
    case 0x1a:
      return a >= 32n ? 0n : (b >> (248n - a * 8n)) & 0xffn
    case 0x1b:
      return a >= 256n ? 0n : b << a
    case 0x1c:
      return a >= 256n ? 0n : b >> a
    case 0x1d:
      return signedB >> (a >= 256n ? 255n : a)
    default:
      return undefined
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % MODULUS
    square = (square * square) % MODULUS
  }
  return result
}

export function bitLength(value: bigint): number {
  if (value === 0n) return 0
  return value >= SIGN ? WORD_BITS : value.toString(2).length
}
