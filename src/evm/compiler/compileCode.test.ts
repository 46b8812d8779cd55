import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { ENDING } from '../../kernels/index.ts'
import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import { OPCODES } from '../opcodes.ts'
import { COMPILER_VERSION, type CompileOptions, compileCode } from './compileCode.ts'
import { Machine, program } from './testing/index.ts'

function compiled(code: Uint8Array, options: CompileOptions = {}) {
  const outcome = compileCode(code, 'Osaka', options)
  assert.ok(outcome.ok, 'reason' in outcome ? outcome.reason : '')
  return outcome
}

const hexOf = (code: Uint8Array): string => bytesToHex(compiled(code).wasm)

/** Every instruction of Osaka with operands that are not known, but for those that end the code. */
const EVERYTHING = OPCODES.flatMap((opcode) => {
  if (opcode === undefined || /^(PUSH|JUMP|STOP|RETURN|REVERT|INVALID|SELFDESTRUCT)/.test(opcode.name))
    return []
  const inputs = Array.from({ length: opcode.stackIn }, () => 'CALLVALUE')
  const results = Array.from({ length: opcode.stackOut }, () => 'POP')
  return [...inputs, opcode.name, ...results]
}).join(' ')

/** Any bytes; most of them are instructions that follow each other. */
const anyCode = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'PUSH0',
        'PUSH1 1',
        'PUSH1 7',
        'DUP1',
        'SWAP1',
        'ADD',
        'MLOAD',
        'CALLDATALOAD',
        'POP',
        'JUMPDEST',
      ),
      fc.constantFrom('PUSH1 5 JUMP', 'CALLVALUE PUSH1 9 JUMPI', 'SLOAD', 'GAS', 'KECCAK256', 'STOP', '0x0c'),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((words) => program(words.join(' ')))

describe('compileCode', () => {
  it('is a function of the bytecode, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(anyCode, { minLength: 2, maxLength: 6 }), (codes) => {
        const first = codes.map(hexOf)
        const again = codes.toReversed().map(hexOf).reverse()
        assert.deepEqual(again, first)
      }),
      { numRuns: 30 },
    )
  })

  it('has another version when it emits something else', () => {
    const programs = ['PUSH0 loop: PUSH 1 ADD DUP1 CALLDATASIZE GT @loop JUMPI PUSH0 MSTORE STOP', EVERYTHING]
    const emitted = programs.reduce((crc, text) => crc32(compiled(program(text)).wasm, crc), 0)
    assert.deepEqual(
      [COMPILER_VERSION, emitted],
      [8, 920_280_827],
      'raise COMPILER_VERSION, and take the new number here',
    )
  })

  it('compiles a counter that is shifted by a number that is known on one way only (it threw)', () => {
    const code = hexToBytes('0x5b5f5f5f1d03806100005750600101805f5780141c5f61000057')
    const [interpreted, whole] = [new Machine(), new Machine({ coldPaths: true })]
    const { compiledGas: _, ...expected } = interpreted.run(code, { gas: 300_000n })
    const { compiledGas: __, ...actual } = whole.run(code, { gas: 300_000n })
    assert.deepEqual(actual, expected)
  })

  it('does not keep or change the code', () => {
    const code = program('PUSH0 CALLDATALOAD PUSH 5 ADD PUSH0 MSTORE MSIZE PUSH0 RETURN')
    const before = bytesToHex(code)
    const { wasm } = compiled(code)
    assert.equal(bytesToHex(code), before)
    const hex = bytesToHex(wasm)
    code.fill(0)
    assert.equal(bytesToHex(wasm), hex)
  })

  it('compiles code for one fork: an instruction that it does not have halts', () => {
    const code = program('PUSH 1 CLZ STOP')
    const [osaka, prague] = [compileCode(code, 'Osaka'), compileCode(code, 'Prague')]
    assert.ok(osaka.ok && prague.ok)
    assert.notDeepEqual(osaka.wasm, prague.wasm)
    const machine = new Machine({})
    assert.equal(machine.run(code, { fork: 'Prague' }).ending, ENDING.invalidOpcode)
    assert.equal(machine.run(code, { fork: 'Osaka' }).ending, ENDING.stop)
  })

  it('compiles no code, and code of one byte, of all of them', () => {
    const machines = [new Machine(), new Machine({})]
    for (const code of [new Uint8Array(0), ...Array.from({ length: 256 }, (_, op) => Uint8Array.of(op))]) {
      const { ok } = compileCode(code, 'Osaka')
      assert.ok(ok)
      if (code.length === 0) continue
      const [slow, fast] = machines.map((machine) => machine.run(code))
      assert.deepEqual(
        [fast!.ending, fast!.gasUsed],
        [slow!.ending, slow!.gasUsed],
        `0x${code[0]!.toString(16)}`,
      )
    }
  })

  it('compiles any bytes, which then do what the interpreter does', () => {
    const machines = [new Machine(), new Machine({}), new Machine({ coldPaths: true })]
    // Words to work with first; small numbers, so that jumps and offsets often meet something.
    const start = program(`${'CALLDATASIZE PUSH1 9 GAS PUSH1 3 '.repeat(3)} PUSH0 CALLDATALOAD`)
    const instruction = fc.oneof(
      { weight: 3, arbitrary: fc.nat({ max: 255 }).map((byte) => [byte]) },
      { weight: 3, arbitrary: fc.nat({ max: 90 }).map((offset) => [0x60, offset]) },
      { weight: 2, arbitrary: fc.nat({ max: 90 }).map((offset) => [0x60, offset, 0x57]) },
      { weight: 3, arbitrary: fc.integer({ min: 0x80, max: 0x9f }).map((byte) => [byte]) },
      { weight: 3, arbitrary: fc.integer({ min: 0x01, max: 0x1e }).map((byte) => [byte]) },
      { weight: 2, arbitrary: fc.constant([0x5b]) },
    )
    fc.assert(
      fc.property(
        fc.array(instruction, { maxLength: 50 }),
        fc.uint8Array({ maxLength: 40 }),
        (parts, data) => {
          const code = Uint8Array.of(...start, ...parts.flat())
          const [slow, ...fast] = machines.map((machine) => {
            const { compiledGas: _, ...seen } = machine.run(code, { data, gas: 200_000n })
            return seen
          })
          for (const seen of fast) assert.deepEqual(seen, slow, bytesToHex(code))
        },
      ),
      { numRuns: 400 },
    )
  })

  it('refuses code that is longer than init code can be', () => {
    assert.ok(compileCode(new Uint8Array(49_152), 'Osaka').ok)
    const outcome = compileCode(new Uint8Array(49_153), 'Osaka')
    assert.deepEqual(outcome, { ok: false, reason: 'it is longer than 49152 bytes' })
  })

  it('counts blocks, functions and jumps that it could not resolve', () => {
    const { stats } = compiled(program('CALLVALUE @a JUMPI CALLER JUMP a: STOP'))
    assert.deepEqual([stats.codeBytes, stats.nodes, stats.functions, stats.unresolvedJumps], [9, 3, 1, 1])
  })

  it('bounds what codes that grow with each round become (they took seconds)', () => {
    for (const hex of ['0x5b5f5f5f1a125f61000057', '0x5f5b805f5f5f5261000157']) {
      const { stats } = compiled(hexToBytes(hex))
      assert.ok(stats.nodes < 500 && stats.unresolvedJumps > 0, `${stats.nodes} nodes`)
      const [slow, fast] = [new Machine(), new Machine({})].map((machine) =>
        machine.run(hexToBytes(hex), { gas: 100_000n }),
      )
      assert.deepEqual([fast!.ending, fast!.gasUsed], [slow!.ending, slow!.gasUsed])
    }
  })

  it('says that code takes more native stack the more words it carries', () => {
    const carry = (words: number) =>
      compiled(
        program(`${'GAS PUSH0 NOT MUL '.repeat(words)} PUSH 9
          loop: PUSH 1 SWAP1 SUB DUP1 @loop JUMPI ${'ADD '.repeat(words)} POP`),
      ).nativeStackBytes
    const [few, many] = [carry(1), carry(101)]
    assert.ok(many - few >= 100 * 32, `${few} and ${many}`)
  })
})

describe('paths to a revert', () => {
  const bad = 'bad: PUSH 7 PUSH0 MSTORE PUSH 32 PUSH0 REVERT'
  const code = program(`PUSH0 CALLDATALOAD @bad JUMPI PUSH 1 PUSH0 SSTORE STOP ${bad}`)
  const data = new Uint8Array(32).fill(1)

  it('are left to the interpreter, which ends the frame with the same result', () => {
    const [slow, fast, whole] = [new Machine(), new Machine({}), new Machine({ coldPaths: true })].map(
      (machine) => machine.run(code, { data }),
    )
    assert.deepEqual(
      [fast, whole].map((seen) => [seen!.ending, seen!.gasUsed, seen!.output, seen!.diff]),
      [slow, slow].map((seen) => [seen!.ending, seen!.gasUsed, seen!.output, seen!.diff]),
    )
    assert.deepEqual([fast!.compiledGas, whole!.compiledGas], [0n, whole!.gasUsed])
  })

  it('do not count as such when they do something else first, or end otherwise', () => {
    for (const end of ['PUSH 1 PUSH0 SSTORE STOP', 'PUSH0 PUSH0 RETURN']) {
      const other = program(`PUSH0 CALLDATALOAD @bad JUMPI STOP bad: ${end}`)
      const seen = new Machine({}).run(other, { data })
      assert.equal(seen.compiledGas, seen.gasUsed, end)
    }
  })

  it('are compiled where the whole code is one', () => {
    const seen = new Machine({}).run(program('PUSH 7 PUSH0 MSTORE PUSH 32 PUSH0 REVERT'))
    assert.deepEqual([seen.ending, seen.compiledGas], [ENDING.revert, seen.gasUsed])
  })
})
