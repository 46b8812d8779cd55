import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromBigInt } from '../../lib/index.ts'
import { OPCODES } from '../opcodes.ts'
import { Machine, MEANINGS, program } from './testing/index.ts'

const MAX = 2n ** 256n - 1n
const LIMB = 2n ** 64n

/**
 * A word, and how a program comes by it: as a constant, out of the call data, as so many of its bits, as a flag, or as a
 * counter. The compiler knows more or less of it.
 */
type Operand = { value: bigint; write: (slot: number) => string }

const limb = fc.oneof(
  fc.constantFrom(0n, 1n, LIMB - 1n, LIMB / 2n, LIMB / 2n - 1n),
  fc.bigInt({ min: 0n, max: LIMB - 1n }),
)
const word = fc.oneof(
  fc
    .array(limb, { minLength: 1, maxLength: 4 })
    .map((limbs) => limbs.reduce((sum, each) => sum * LIMB + each, 0n)),
  fc.bigInt({ min: 0n, max: 300n }),
  // Negative ones of every length.
  fc.integer({ min: 0, max: 255 }).map((bit) => MAX + 1n - 2n ** BigInt(bit)),
  fc.constantFrom(0n, 1n, MAX, 2n ** 255n, MAX - 2n ** 63n + 1n, MAX - 2n ** 63n, 2n ** 63n, LIMB),
)
const load = (slot: number): string => `PUSH ${slot * 32} CALLDATALOAD`
const operand: fc.Arbitrary<Operand> = fc.oneof(
  word.map((value) => ({ value, write: () => `PUSH ${value}` })),
  word.map((value) => ({ value, write: load })),
  fc.tuple(word, fc.constantFrom(1, 8, 32, 56, 63, 64, 65, 127, 128, 160, 192, 255)).map(([value, bits]) => {
    const mask = 2n ** BigInt(bits) - 1n
    return { value: value & mask, write: (slot: number) => `${load(slot)} PUSH ${mask} AND` }
  }),
  fc.boolean().map((flag) => ({
    value: flag ? 1n : 0n,
    write: (slot: number) => `${load(slot)} ISZERO ISZERO`,
  })),
  word.map((value) => ({ value, write: (slot: number) => `${load(slot)} DUP1 POP NOT NOT` })),
)

const names = Object.keys(MEANINGS)
const interpreted = new Machine()
const compiled = new Machine({})

/** Runs the same program twice; the output must be what is expected. */
function check(text: string, operands: readonly bigint[], expected: bigint): void {
  const data = concatBytes(...operands.map((value) => fromBigInt(value, 32)))
  const code = program(`${text} PUSH0 MSTORE MSIZE PUSH0 RETURN`)
  const fast = compiled.run(code, { data })
  assert.equal(BigInt(fast.output), expected, text)
  const slow = interpreted.run(code, { data })
  assert.deepEqual(
    [fast.gasUsed, fast.compiledGas, fast.output],
    [slow.gasUsed, slow.gasUsed, slow.output],
    text,
  )
}

describe('compiled arithmetic', () => {
  for (const name of names) {
    it(`gives what ${name} means, whatever is known of its operands`, () => {
      const count = OPCODES.find((op) => op?.name === name)!.stackIn
      fc.assert(
        fc.property(operand, operand, operand, (a, b, c) => {
          const operands = [a, b, c].slice(0, count)
          const pushes = operands.map(({ write }, slot) => write(slot)).toReversed()
          const expected = MEANINGS[name]!(a.value, b.value, c.value)
          check(
            `${pushes.join(' ')} ${name}`,
            operands.map(({ value }) => value),
            expected,
          )
        }),
        { numRuns: 60 },
      )
    })
  }

  it('gives what all instructions mean at the borders of limbs and signs, of which it knows nothing', () => {
    const bits = [31n, 32n, 63n, 64n, 127n, 128n, 255n]
    const edges = bits.flatMap((bit) => [2n ** bit - 1n, 2n ** bit, MAX + 1n - 2n ** bit, MAX - 2n ** bit])
    edges.push(0n, 1n, 3n, MAX, MAX - 2n)
    for (const name of names) {
      const count = OPCODES.find((op) => op?.name === name)!.stackIn
      const pushes = [0, 1, 2].slice(0, count).map(load).toReversed()
      for (const a of edges) {
        for (const b of count > 1 ? edges : [0n]) {
          check(`${pushes.join(' ')} ${name}`, [a, b, 7n], MEANINGS[name]!(a, b, 7n))
        }
      }
    }
  })

  it('shifts and picks by every number, of long words and of short ones', () => {
    const values = [
      0x0123456789abcdef0fedcba987654321n * LIMB * LIMB + 0x8899aabbccddeeffn,
      LIMB - 1n,
      2n ** 63n,
    ]
    for (const name of ['SHL', 'SHR', 'SAR', 'BYTE', 'SIGNEXTEND']) {
      for (const mask of [LIMB - 1n, 2n ** 128n - 1n, MAX]) {
        const known = `${load(1)} PUSH ${mask} AND`
        for (let by = 0n; by <= 260n; by++) {
          const expected = (value: bigint) => MEANINGS[name]!(by, value & mask, 0n)
          for (const value of values) {
            check(`${known} ${load(0)} PUSH 0xffff AND ${name}`, [by, value], expected(value))
          }
          // What is known makes another program for each number.
          if (by % 32n < 2n || by % 32n === 31n) {
            check(`${known} PUSH ${by} ${name}`, [0n, values[0]!], expected(values[0]!))
          }
        }
      }
    }
  })

  it('gives the same where results are operands again', () => {
    const binary = names.filter(
      (name) => OPCODES.find((op) => op?.name === name)!.stackIn === 2 && name !== 'EXP',
    )
    const step = fc.record({ name: fc.constantFrom(...binary), next: operand, swap: fc.boolean() })
    fc.assert(
      fc.property(operand, fc.array(step, { minLength: 1, maxLength: 8 }), (start, steps) => {
        let value = start.value
        let text = start.write(0)
        for (const [i, { name, next, swap }] of steps.entries()) {
          text += ` ${next.write(i + 1)} ${swap ? 'SWAP1' : ''} ${name}`
          value = swap ? MEANINGS[name]!(value, next.value, 0n) : MEANINGS[name]!(next.value, value, 0n)
        }
        check(text, [start.value, ...steps.map(({ next }) => next.value)], value)
      }),
      { numRuns: 150 },
    )
  })
})

describe('compiled counters', () => {
  it('count as the interpreter does, to where they leave their range', () => {
    // Counts from a start in the call data, by a step, for ten rounds.
    const count = (mask: bigint, step: bigint) => `
      ${load(0)} PUSH ${mask} AND PUSH 10
      loop: SWAP1 PUSH ${step} ADD SWAP1 PUSH 1 SWAP1 SUB DUP1 @loop JUMPI POP`
    for (const mask of [255n, 2n ** 56n - 1n, 2n ** 63n - 1n, LIMB - 1n, MAX]) {
      for (const start of [0n, 250n, 2n ** 56n - 5n, 2n ** 63n - 5n, LIMB - 5n, MAX - 5n]) {
        for (const step of [1n, 255n, 256n, 2n ** 55n, LIMB - 1n]) {
          const expected = BigInt.asUintN(256, (start & mask) + 10n * step)
          check(count(mask, step), [start], expected)
        }
      }
    }
  })
})
