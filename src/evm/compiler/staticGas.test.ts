import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { ENDING } from '../../kernels/index.ts'
import { FORKS, type Fork } from '../../protocol/index.ts'
import { OPCODES, opcodeName } from '../opcodes.ts'
import { staticGas } from './staticGas.ts'
import { Machine } from './testing/index.ts'

const PUSH0_GAS = 2n
const ENOUGH = 1_000_000n
const GAS_LEFT_BY_SSTORE = 2300n

/**
 * What instructions cost beyond their static gas when all their operands are zero. All accounts and slots but the
 * contract itself are cold; the operand 0 names the account 0.
 */
const ON_TOP: Record<number, bigint> = {
  49: 2600n, // BALANCE
  59: 2600n, // EXTCODESIZE
  60: 2600n, // EXTCODECOPY
  63: 2600n, // EXTCODEHASH
  81: 3n, // MLOAD: one word of memory
  82: 3n, // MSTORE
  83: 3n, // MSTORE8
  84: 2100n, // SLOAD
  85: 2200n, // SSTORE that changes nothing: cold, and 100
  241: 2600n, // CALL
  242: 2600n,
  244: 2600n,
  250: 2600n,
  255: 2600n, // SELFDESTRUCT
}

const machine = new Machine()

/** Gas that the interpreter takes for an instruction, all of whose operands are zero; -1 where it has none such. */
function interpreted(op: number, fork: Fork): bigint {
  const operands = OPCODES[op]?.stackIn ?? 0
  const pushes = new Uint8Array(operands).fill(0x5f)
  const code = Uint8Array.of(...pushes, op)
  const before = BigInt(pushes.length) * PUSH0_GAS
  const { ending, gasUsed } = machine.run(code, { fork, gas: ENOUGH })
  if (ending === ENDING.invalidOpcode) return -1n
  if (ending === ENDING.invalidJump) return exactJump(code, fork) - before
  return gasUsed - before
}

/** A jump to nowhere takes all gas: searches for the least with which it gets that far. */
function exactJump(code: Uint8Array, fork: Fork): bigint {
  for (let gas = 0n; gas < 100n; gas++) {
    if (machine.run(code, { fork, gas }).ending === ENDING.invalidJump) return gas
  }
  return 100n
}

describe('staticGas', () => {
  for (const fork of FORKS) {
    it(`is what the interpreter takes for each of the 256 opcodes in ${fork}`, () => {
      const table = staticGas(fork)
      for (let op = 0; op < 256; op++) {
        const gas = BigInt(table[op]!)
        const expected = gas === -1n ? -1n : gas + (ON_TOP[op] ?? 0n)
        assert.equal(interpreted(op, fork), expected, opcodeName(op))
      }
    })
  }

  it('is the exact border between out of gas and success, in both tiers', () => {
    const compiled = new Machine({})
    for (let op = 0; op < 256; op++) {
      const gas = staticGas('Osaka')[op]!
      if (gas === -1 || op === 0x56 || op === 0x57) continue
      const operands = OPCODES[op]!.stackIn
      const code = Uint8Array.of(...new Uint8Array(operands).fill(0x5f), op)
      const exact = BigInt(operands) * PUSH0_GAS + BigInt(gas) + (ON_TOP[op] ?? 0n)
      for (const each of [machine, compiled]) {
        const enough = op === 0x55 ? exact + GAS_LEFT_BY_SSTORE : exact
        const good = each.run(code, { gas: enough })
        assert.ok(good.ending <= ENDING.revert, `${opcodeName(op)} ends with ${good.ending}`)
        if (exact === 0n) continue
        const short = each.run(code, { gas: exact - 1n })
        assert.deepEqual([short.ending, short.gasUsed], [ENDING.outOfGas, exact - 1n], opcodeName(op))
      }
    }
  })
})
