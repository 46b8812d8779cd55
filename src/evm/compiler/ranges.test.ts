import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { OPCODES, opcodeName } from '../opcodes.ts'
import {
  ANY,
  bitLength,
  bitsOf,
  bitsRange,
  constantRange,
  isWithin,
  join,
  limbsOf,
  type Range,
  resultRange,
  widen,
} from './ranges.ts'
import { MEANINGS } from './testing/index.ts'

const MODULUS = 2n ** 256n
const COUNTER_LIMIT = 2n ** 63n
const codeOf = (name: string): number => OPCODES.findIndex((op) => op?.name === name)

/** The range that a loop's counter has. */
const COUNTER = resultRange(codeOf('ADD'), [bitsRange(56), bitsRange(8)])

/** A number, and a range that holds it. */
type Operand = { value: bigint; range: Range }

/** Numbers of every length, at its upper and lower border too. */
const numberOf = (bits: number): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.constant(2n ** BigInt(bits) - 1n),
    fc.constant(bits === 0 ? 0n : 2n ** BigInt(bits - 1)),
    fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }),
  )
const anyBits = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 9, 56, 57, 63, 64, 65, 128, 160, 255, 256),
  fc.nat({ max: 256 }),
)
const known = fc.oneof(anyBits.chain(numberOf), fc.bigInt({ min: 0n, max: 260n }))
const operand: fc.Arbitrary<Operand> = fc.oneof(
  anyBits.chain((bits) => numberOf(bits).map((value) => ({ value, range: bitsRange(bits) }))),
  known.map((value) => ({ value, range: constantRange(value) })),
  fc.bigInt({ min: 0n, max: COUNTER_LIMIT - 1n }).map((value) => ({ value, range: COUNTER })),
)
const range: fc.Arbitrary<Range> = operand.map((each) => each.range)

function holds({ level, value: known }: Range, value: bigint): boolean {
  return known === undefined ? bitLength(value) <= bitsOf({ level, value: known }) : value === known
}

describe('resultRange', () => {
  for (const [name, meaning] of Object.entries(MEANINGS)) {
    it(`holds what ${name} gives`, () => {
      const op = codeOf(name)
      fc.assert(
        fc.property(operand, operand, operand, (a, b, c) => {
          const inputs = [a, b, c].slice(0, OPCODES[op]!.stackIn)
          const result = resultRange(
            op,
            inputs.map((each) => each.range),
          )
          const value = meaning(a.value, b.value, c.value)
          // A counter does not reach its limit: see the next test.
          if (result === COUNTER && value >= COUNTER_LIMIT) return
          assert.ok(holds(result, value), `${inputs.map((each) => each.value)} gives ${value}`)
        }),
        { numRuns: 400 },
      )
    })
  }

  it('knows the result where it knows all operands', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(MEANINGS)), known, known, known, (name, a, b, c) => {
        const inputs = [a, b, c].slice(0, OPCODES[codeOf(name)]!.stackIn).map(constantRange)
        assert.equal(resultRange(codeOf(name), inputs).value, MEANINGS[name]!(a, b, c), name)
      }),
      { numRuns: 1000 },
    )
  })

  it('claims what it says of the environment', () => {
    const bits = Object.fromEntries(
      OPCODES.flatMap((op) =>
        op !== undefined && op.stackOut === 1 && (op.code === 0x20 || op.code >= 0x30) && op.code < 0x5f
          ? [[opcodeName(op.code), bitsOf(resultRange(op.code, new Array(op.stackIn).fill(ANY)))]]
          : [],
      ),
    )
    const short = Object.entries(bits).filter(([, count]) => count < 256)
    assert.deepEqual(Object.fromEntries(short), {
      ADDRESS: 160,
      ORIGIN: 160,
      CALLER: 160,
      CALLDATASIZE: 32,
      EXTCODESIZE: 32,
      RETURNDATASIZE: 32,
      COINBASE: 160,
      TIMESTAMP: 64,
      NUMBER: 64,
      GASLIMIT: 64,
      MSIZE: 32,
      GAS: 56,
    })
  })
})

describe('counters', () => {
  const add = (a: Range, b: Range): Range => resultRange(codeOf('ADD'), [a, b])

  it('stay what they are when numbers below 256 are added, on either side', () => {
    assert.equal(add(COUNTER, bitsRange(8)), COUNTER)
    assert.equal(add(constantRange(255n), COUNTER), COUNTER)
    assert.equal(limbsOf(COUNTER), 1)
  })

  it('become numbers of 64 bits, which overflow to more, when larger numbers are added', () => {
    assert.equal(bitsOf(add(COUNTER, bitsRange(9))), 64)
    assert.equal(bitsOf(add(COUNTER, COUNTER)), 64)
    assert.equal(bitsOf(add(bitsRange(64), bitsRange(1))), 65)
  })

  it('can not begin above 2^56: 2^55 gas pay for additions of less than 2^62 in all', () => {
    const largestStart = 2n ** BigInt(bitsOf(bitsRange(56)))
    const additions = 2n ** 55n / 3n
    assert.ok(largestStart + additions * 255n < 2n ** BigInt(bitsOf(COUNTER)))
    // What has 57 to 63 bits for another reason is never taken for one.
    for (let bits = 57; bits < 64; bits++) {
      assert.equal(bitsOf(bitsRange(bits)), 64)
      assert.equal(bitsOf(constantRange(2n ** BigInt(bits) - 1n)), 64)
      assert.equal(bitsOf(add(bitsRange(bits), bitsRange(1))), 65)
    }
  })

  it('come out of no other instruction but ADD, a shift to the right, and what gives an operand back', () => {
    for (const name of Object.keys(MEANINGS)) {
      const op = codeOf(name)
      for (const other of [COUNTER, bitsRange(8), bitsRange(56), ANY]) {
        for (const inputs of [
          [COUNTER, other, ANY],
          [other, COUNTER, ANY],
        ]) {
          const result = resultRange(op, inputs.slice(0, OPCODES[op]!.stackIn))
          if (result !== COUNTER) continue
          assert.ok(['ADD', 'SHR', 'SAR', 'SIGNEXTEND'].includes(name), name)
        }
      }
    }
  })
})

describe('join and widen', () => {
  it('hold what either side holds', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        for (const both of [join(a, b), widen(a, b)]) {
          assert.ok(isWithin(a, both) && isWithin(b, both), `${JSON.stringify(both.level)}`)
          assert.ok(bitsOf(both) >= Math.max(bitsOf(a), bitsOf(b)))
        }
        assert.deepEqual(join(a, b), join(b, a))
        assert.deepEqual(join(a, a), a)
        assert.equal(join(join(a, b), b), join(a, b), 'joining again changes nothing')
      }),
    )
  })

  it('forget the value of what has two', () => {
    const both = join(constantRange(5n), constantRange(6n))
    assert.deepEqual([both.value, bitsOf(both)], [undefined, 3])
    assert.deepEqual(join(constantRange(5n), constantRange(5n)), constantRange(5n))
    // Zero and something else: zero is within all.
    assert.deepEqual(join(constantRange(0n), bitsRange(1)), bitsRange(1))
  })

  it('come to a fixed point within a dozen steps, whatever comes', () => {
    fc.assert(
      fc.property(range, fc.array(range, { minLength: 60, maxLength: 60 }), (start, more) => {
        let changes = 0
        let now = start
        for (const each of more) {
          const next = widen(now, each)
          if (next.level !== now.level || next.value !== now.value) changes++
          assert.ok(isWithin(now, next) && isWithin(each, next))
          now = next
        }
        assert.ok(changes <= 13, `${changes} changes`)
      }),
    )
  })

  it('make a loop that doubles a number end in few rounds', () => {
    const double = (x: Range): Range => resultRange(codeOf('ADD'), [x, x])
    let now = constantRange(1n)
    let rounds = 0
    for (let before: Range | undefined; before !== now; rounds++) {
      before = now
      now = widen(now, double(now))
    }
    assert.equal(now, ANY)
    assert.ok(rounds <= 13, `${rounds} rounds`)
  })

  it('make a loop that counts a counter', () => {
    let now: Range = constantRange(0n)
    for (let round = 0; round < 13; round++)
      now = widen(now, resultRange(codeOf('ADD'), [now, constantRange(1n)]))
    assert.equal(now, COUNTER)
  })
})

describe('constantRange', () => {
  it('wraps, and knows its length', () => {
    assert.deepEqual(constantRange(-1n), { level: 256, value: MODULUS - 1n })
    assert.deepEqual(constantRange(MODULUS), { level: 0, value: 0n })
    assert.deepEqual(
      [0n, 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 192n, -1n].map((value) => limbsOf(constantRange(value))),
      [0, 1, 1, 2, 4, 4],
    )
  })
})

describe('knowing more of the operands', () => {
  it('never tells less of the result', () => {
    const pair = fc.tuple(range, range).map(([inner, other]) => ({ inner, outer: join(inner, other) }))
    const names = Object.keys(MEANINGS)
    fc.assert(
      fc.property(fc.constantFrom(...names), pair, pair, pair, (name, a, b, c) => {
        const op = codeOf(name)
        const operands = [a, b, c].slice(0, OPCODES[op]!.stackIn)
        const precise = resultRange(
          op,
          operands.map(({ inner }) => inner),
        )
        const rough = resultRange(
          op,
          operands.map(({ outer }) => outer),
        )
        assert.ok(isWithin(precise, rough), `${name}: ${precise.level} is not within ${rough.level}`)
      }),
      { numRuns: 20_000 },
    )
  })

  it('tells of a known sum that it is a counter, and of what gives it back', () => {
    const sum = resultRange(codeOf('ADD'), [constantRange(1n), constantRange(2n ** 56n - 1n)])
    assert.deepEqual(sum, { level: COUNTER.level, value: 2n ** 56n })
    assert.deepEqual(resultRange(codeOf('SHR'), [constantRange(0n), sum]), sum)
  })

  it('tells of a counter that is shifted by a known number that it is one', () => {
    for (const name of ['SHR', 'SAR']) {
      for (let shift = 0n; shift < 70n; shift++) {
        const precise = resultRange(codeOf(name), [constantRange(shift), COUNTER])
        assert.ok(
          isWithin(precise, resultRange(codeOf(name), [bitsRange(8), COUNTER])),
          `${name} by ${shift}`,
        )
      }
    }
  })
})
