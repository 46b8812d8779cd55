const MODULUS = 2n ** 256n
const signed = (x: bigint): bigint => (x >= 2n ** 255n ? x - MODULUS : x)
const wrap = (x: bigint): bigint => ((x % MODULUS) + MODULUS) % MODULUS
const abs = (x: bigint): bigint => (x < 0n ? -x : x)

/** Instructions of arithmetic by their definitions (Yellow Paper appendix H.2); operands from the top of the stack down. */
export const MEANINGS: Record<string, (a: bigint, b: bigint, c: bigint) => bigint> = {
  ADD: (a, b) => wrap(a + b),
  MUL: (a, b) => wrap(a * b),
  SUB: (a, b) => wrap(a - b),
  DIV: (a, b) => (b === 0n ? 0n : a / b),
  SDIV: (a, b) => {
    if (b === 0n) return 0n
    const quotient = abs(signed(a)) / abs(signed(b))
    return wrap(signed(a) < 0n === signed(b) < 0n ? quotient : -quotient)
  },
  MOD: (a, b) => (b === 0n ? 0n : a % b),
  SMOD: (a, b) => {
    if (b === 0n) return 0n
    const rest = abs(signed(a)) % abs(signed(b))
    return wrap(signed(a) < 0n ? -rest : rest)
  },
  ADDMOD: (a, b, c) => (c === 0n ? 0n : (a + b) % c),
  MULMOD: (a, b, c) => (c === 0n ? 0n : (a * b) % c),
  EXP: (a, b) => {
    let result = 1n
    for (const bit of b.toString(2)) result = (result * result * (bit === '1' ? a : 1n)) % MODULUS
    return result
  },
  SIGNEXTEND: (a, b) => {
    if (a > 30n) return b
    const bits = 8n * a + 8n
    const low = b % 2n ** bits
    return low < 2n ** (bits - 1n) ? low : MODULUS - 2n ** bits + low
  },
  LT: (a, b) => (a < b ? 1n : 0n),
  GT: (a, b) => (a > b ? 1n : 0n),
  SLT: (a, b) => (signed(a) < signed(b) ? 1n : 0n),
  SGT: (a, b) => (signed(a) > signed(b) ? 1n : 0n),
  EQ: (a, b) => (a === b ? 1n : 0n),
  ISZERO: (a) => (a === 0n ? 1n : 0n),
  AND: (a, b) => a & b,
  OR: (a, b) => a | b,
  XOR: (a, b) => a ^ b,
  NOT: (a) => MODULUS - 1n - a,
  BYTE: (a, b) => (a > 31n ? 0n : (b / 256n ** (31n - a)) % 256n),
  SHL: (a, b) => (a > 255n ? 0n : wrap(b * 2n ** a)),
  SHR: (a, b) => (a > 255n ? 0n : b / 2n ** a),
  SAR: (a, b) => {
    const by = a > 255n ? 256n : a
    const value = signed(b)
    return wrap(value < 0n ? -((-value + 2n ** by - 1n) / 2n ** by) : value / 2n ** by)
  },
  CLZ: (a) => (a === 0n ? 256n : 255n - BigInt(a.toString(2).length - 1)),
}
