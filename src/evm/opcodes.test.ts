import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { OPCODES, opcodeName } from './opcodes.ts'

describe('OPCODES', () => {
  it('has 150 instructions, each at its own byte', () => {
    const present = OPCODES.filter((opcode) => opcode !== undefined)
    assert.equal(present.length, 150)
    for (const [code, opcode] of OPCODES.entries()) assert.equal(opcode?.code ?? code, code)
    assert.equal(new Set(present.map(({ name }) => name)).size, present.length)
  })

  it('knows immediates, families and what came last', () => {
    assert.deepEqual(
      [0x5f, 0x60, 0x7f].map((code) => OPCODES[code]?.immediateBytes),
      [0, 1, 32],
    )
    assert.deepEqual([0x80, 0x8f, 0x90, 0x9f, 0xa4].map(opcodeName), [
      'DUP1',
      'DUP16',
      'SWAP1',
      'SWAP16',
      'LOG4',
    ])
    assert.deepEqual([OPCODES[0x1e]?.since, OPCODES[0x5e]?.since], ['Osaka', 'Cancun'])
    assert.equal(opcodeName(0x0c), 'opcode 0xc not defined')
  })
})
