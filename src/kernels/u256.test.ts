import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compileKernel } from './build.ts'
import { readPack } from './readPack.ts'

const MOD = 2n ** 256n
const MAX = MOD - 1n
const signed = (x: bigint) => BigInt.asIntN(256, x)
const wrap = (x: bigint) => BigInt.asUintN(256, x)

/** The readable twins: what each operation means, by bigint. */
const BINARY: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => wrap(a + b),
  sub: (a, b) => wrap(a - b),
  mul: (a, b) => wrap(a * b),
  div: (a, b) => (b === 0n ? 0n : a / b),
  mod: (a, b) => (b === 0n ? 0n : a % b),
  sdiv: (a, b) => (b === 0n ? 0n : wrap(signed(a) / signed(b))),
  smod: (a, b) => (b === 0n ? 0n : wrap(signed(a) % signed(b))),
  exp: power,
  signextend: (k, x) => (k >= 31n ? x : wrap(BigInt.asIntN(Number(8n * k + 8n), x))),
  byteAt: (i, x) => (i >= 32n ? 0n : (x >> (248n - 8n * i)) & 0xffn),
  shl: (shift, x) => (shift >= 256n ? 0n : wrap(x << shift)),
  shr: (shift, x) => (shift >= 256n ? 0n : x >> shift),
  sar: (shift, x) => wrap(signed(x) >> (shift >= 256n ? 256n : shift)),
}
const UNARY: Record<string, (a: bigint) => bigint> = {
  negate: (a) => wrap(-a),
  clz: (a) => BigInt(256 - bitLength(a)),
  copy: (a) => a,
}
const TERNARY: Record<string, (a: bigint, b: bigint, m: bigint) => bigint> = {
  addmod: (a, b, m) => (m === 0n ? 0n : (a + b) % m),
  mulmod: (a, b, m) => (m === 0n ? 0n : (a * b) % m),
}
const PREDICATES: Record<string, (a: bigint, b: bigint) => number> = {
  lt: (a, b) => Number(a < b),
  gt: (a, b) => Number(a > b),
  slt: (a, b) => Number(signed(a) < signed(b)),
  sgt: (a, b) => Number(signed(a) > signed(b)),
  eq: (a, b) => Number(a === b),
  cmp: (a, b) => (a < b ? -1 : Number(a > b)),
  isZero: (a) => Number(a === 0n),
  isNegative: (a) => Number(a >> 255n),
  fitsU64: (a) => Number(a < 2n ** 64n),
  bitLength: (a) => bitLength(a),
}

const EDGES = edges()
const values = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.bigInt({ min: 0n, max: MAX }),
  // Limbs that are mostly all ones or all zeros reach the rare branches of division.
  fc
    .array(
      fc.oneof(
        fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 1n),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((limbs) => limbs.reduce((sum, limb) => (sum << 64n) | limb, 0n)),
)
const small = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), values)
const A = 65_536
const B = A + 32
const M = B + 32
const OUT = M + 32

const wasm = await compileKernel({
  name: 'u256Test',
  entry: 'assembly/u256.ts',
  flags: ['--initialMemory', '2'],
})
const kernel = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports

describe('u256', () => {
  for (const [name, expected] of Object.entries(BINARY)) {
    it(`${name} agrees with bigint`, () => {
      const left = ['signextend', 'byteAt', 'shl', 'shr', 'sar'].includes(name) ? small : values
      const check = (a: bigint, b: bigint) =>
        assert.equal(apply(name, a, b), expected(a, b), `${name} ${a} ${b}`)
      for (const a of EDGES) for (const b of EDGES) check(a, b)
      fc.assert(fc.property(left, name === 'exp' ? small : values, check), { numRuns: 1000 })
    })
  }

  for (const [name, expected] of Object.entries(TERNARY)) {
    it(`${name} agrees with bigint`, () => {
      const check = (a: bigint, b: bigint, m: bigint) =>
        assert.equal(apply(name, a, b, m), expected(a, b, m), `${name} ${a} ${b} ${m}`)
      for (const a of EDGES) for (const m of EDGES) check(a, MAX - a, m)
      fc.assert(fc.property(values, values, values, check), { numRuns: 2000 })
    })
  }

  for (const [name, expected] of Object.entries(UNARY)) {
    it(`${name} agrees with bigint`, () => {
      const check = (a: bigint) => assert.equal(apply(name, a), expected(a), `${name} ${a}`)
      EDGES.forEach(check)
      fc.assert(fc.property(values, check), { numRuns: 500 })
    })
  }

  for (const [name, expected] of Object.entries(PREDICATES)) {
    it(`${name} agrees with bigint`, () => {
      const check = (a: bigint, b: bigint) => {
        write(A, a)
        write(B, b)
        assert.equal(kernel[name](A, B), expected(a, b), `${name} ${a} ${b}`)
      }
      for (const a of EDGES) for (const b of EDGES) check(a, b)
      fc.assert(fc.property(values, values, check), { numRuns: 500 })
    })
  }

  it('divides products near a multiple of the divisor, where a quotient digit is first estimated too large', () => {
    const check = (q: bigint, d: bigint, offset: bigint) => {
      const a = wrap(q * d + offset)
      assert.equal(apply('div', a, d), BINARY.div!(a, d), `div ${a} ${d}`)
      assert.equal(apply('mod', a, d), BINARY.mod!(a, d), `mod ${a} ${d}`)
      assert.equal(apply('mulmod', q, d, wrap(d + offset)), TERNARY.mulmod!(q, d, wrap(d + offset)))
    }
    fc.assert(fc.property(values, values, fc.bigInt({ min: -2n, max: 2n }), check), { numRuns: 2000 })
  })

  it('divides and multiplies short numbers as it does long ones, signed ones too', () => {
    // Around the borders of 32 bits, 64 bits with and without sign, and two limbs; and their negatives.
    const short = [1n, 7n, 2n ** 16n].concat(
      [31n, 32n, 62n, 63n, 64n, 65n, 95n, 96n, 127n, 128n, 129n, 191n].flatMap((bit) =>
        [-1n, 0n, 1n].map((offset) => 2n ** bit + offset),
      ),
    )
    const numbers = [...short, ...short.map((value) => wrap(-value)), 0n, 2n ** 255n]
    for (const name of ['div', 'mod', 'sdiv', 'smod', 'mul']) {
      for (const a of numbers) {
        for (const b of numbers) assert.equal(apply(name, a, b), BINARY[name]!(a, b), `${name} ${a} ${b}`)
      }
    }
  })

  it('divides by 32 bits and by two limbs, whatever the rest of the digits are', () => {
    const bits = (count: bigint) => fc.bigInt({ min: 1n, max: 2n ** count - 1n })
    const twoLimbs = fc.bigInt({ min: 2n ** 64n, max: 2n ** 128n - 1n })
    // With the upper limb all ones, or one: where the reciprocal is the least and the most exact.
    const steep = bits(64n).map((low) => (2n ** 64n - 1n) * 2n ** 64n + low)
    const flat = bits(64n).map((low) => 2n ** 64n + low)
    const divisor = fc.oneof(bits(8n), bits(32n), bits(33n), bits(64n), twoLimbs, steep, flat)
    const check = (a: bigint, b: bigint) => {
      for (const name of ['div', 'mod', 'sdiv', 'smod']) {
        for (const divisor of [b, wrap(-b)]) {
          assert.equal(apply(name, a, divisor), BINARY[name]!(a, divisor), `${name} ${a} ${divisor}`)
        }
      }
    }
    fc.assert(fc.property(values, divisor, check), { numRuns: 1000 })
  })

  it('returns the carry of an addition and the borrow of a subtraction', () => {
    const check = (a: bigint, b: bigint) => {
      write(A, a)
      write(B, b)
      assert.equal(kernel.addCarry(A, B, OUT), a + b > MAX ? 1n : 0n)
      assert.equal(kernel.subBorrow(A, B, OUT), a < b ? 1n : 0n)
    }
    for (const a of EDGES) for (const b of EDGES) check(a, b)
  })

  it('reads and writes big-endian bytes of every length', () => {
    const bytes = new Uint8Array(kernel.memory.buffer)
    const source = Uint8Array.from({ length: 32 }, (_, index) => 0xf0 + index * 31)
    // What lies around the source must not get into the value.
    bytes.fill(0xee, A - 8, A + 48)
    for (let length = 0; length <= 32; length++) {
      bytes.set(source.subarray(0, length), A)
      kernel.fromBytes(A, length, OUT)
      const hex = Buffer.from(source.subarray(0, length)).toString('hex')
      assert.equal(read(OUT), BigInt(`0x0${hex}`), `length ${length}`)
    }
    kernel.fromBytes32(A, A)
    kernel.toBytes32(A, OUT)
    assert.deepEqual(bytes.slice(OUT, OUT + 32), source)
  })
})

describe('u256 opcode vectors', () => {
  it('agrees with the published opcode vectors', (context) => {
    const files = readPack('opcodes')
    if (files === undefined) return context.skip('the pack of opcode vectors is missing')
    const names = { ...Object.fromEntries(Object.keys(BINARY).map((name) => [name, name])), byte: 'byteAt' }
    const operations: Record<string, string> = {
      ...names,
      signext: 'signextend',
      lt: 'lt',
      gt: 'gt',
      slt: 'slt',
      sgt: 'sgt',
      eq: 'eq',
    }
    let count = 0
    for (const [file, text] of files) {
      const operation = operations[file.replace('.json', '')]
      if (operation === undefined) continue
      for (const { X, Y, Expected } of JSON.parse(text) as Record<string, string>[]) {
        const [top, next] = [BigInt(`0x${Y}`), BigInt(`0x${X}`)]
        write(A, top)
        write(B, next)
        const result: bigint =
          operation in PREDICATES ? BigInt(kernel[operation](A, B)) : apply(operation, top, next)
        assert.equal(result, BigInt(`0x${Expected}`), `${file} Y=${Y} X=${X}`)
        count++
      }
    }
    assert.ok(count > 1000, `only ${count} vectors`)
  })
})

function write(pointer: number, value: bigint): void {
  const limbs = new BigUint64Array(kernel.memory.buffer, pointer, 4)
  for (let index = 0; index < 4; index++) limbs[index] = value >> BigInt(64 * index)
}

function read(pointer: number): bigint {
  const limbs = new BigUint64Array(kernel.memory.buffer, pointer, 4)
  return limbs.reduceRight((sum, limb) => (sum << 64n) | limb, 0n)
}

/** Runs an operation with the result apart, and in place of each operand; all must be the same. */
function apply(name: string, ...operands: bigint[]): bigint {
  const places = [A, B, M].slice(0, operands.length)
  const results = [OUT, ...places].map((out) => {
    operands.forEach((operand, index) => {
      write(places[index]!, operand)
    })
    kernel[name](...places, out)
    if (out === OUT) assert.deepEqual(places.map(read), operands, `${name} changed an operand`)
    return read(out)
  })
  for (const result of results) assert.equal(result, results[0], `${name} in place of an operand`)
  return results[0]!
}

function bitLength(a: bigint): number {
  return a === 0n ? 0 : a.toString(2).length
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base; exponent > 0n; exponent >>= 1n, square = wrap(square * square)) {
    if (exponent & 1n) result = wrap(result * square)
  }
  return result
}

function edges(): bigint[] {
  const found = new Set<bigint>([0n, 1n, 2n, 3n, 10n, MAX, 2n ** 255n, MAX - 1n])
  for (const bit of [8n, 32n, 63n, 64n, 127n, 128n, 191n, 192n, 255n, 256n]) {
    for (const offset of [-1n, 0n, 1n]) found.add(wrap(2n ** bit + offset))
  }
  return [...found]
}
