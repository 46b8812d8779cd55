import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import { decode } from './decode.ts'
import { Machine, program } from './testing/index.ts'

const STOP = 0
const HALT_INVALID_JUMP = 19

describe('decode', () => {
  it('ends with a STOP that the code does not have', () => {
    const { ops, pcs, codeLength } = decode(program('PUSH1 5 POP'))
    assert.deepEqual([...ops], [0x60, 0x50, STOP])
    assert.deepEqual([...pcs], [0, 2, 3])
    assert.equal(codeLength, 3)
    assert.deepEqual([...decode(new Uint8Array(0)).ops], [STOP])
  })

  it('reads the data of a PUSH, and zeros where the code ends before it', () => {
    for (let size = 1; size <= 32; size++) {
      const data = Uint8Array.from({ length: size }, (_, i) => 0xf0 + i)
      for (let have = 0; have <= size; have++) {
        const code = Uint8Array.of(0x5f + size, ...data.subarray(0, have))
        const padded = new Uint8Array(size)
        padded.set(data.subarray(0, have))
        const { constants, ops } = decode(code)
        assert.equal(constants.get(0), BigInt(bytesToHex(padded)), `PUSH${size} with ${have} bytes`)
        assert.deepEqual([...ops], [0x5f + size, STOP])
      }
    }
    assert.equal(decode(program('PUSH0')).constants.get(0), 0n)
  })

  it('takes no JUMPDEST within the data of a PUSH for one', () => {
    const { jumpDestinations } = decode(program('PUSH2 0x5b5b JUMPDEST PUSH1 0x5b JUMPDEST'))
    assert.deepEqual(
      [...jumpDestinations],
      [
        [3, 1],
        [6, 3],
      ],
    )
  })

  it('marks the destinations that some PUSH pushes, whatever the width, and no others', () => {
    const { isTarget, jumpDestinations } = decode(
      program(
        'PUSH1 9 PUSH4 11 POP POP JUMPDEST JUMPDEST JUMPDEST JUMPDEST PUSH32 0x10000000000000000000000000000000a',
      ),
    )
    const marked = [...jumpDestinations].filter(([, at]) => isTarget[at] === 1).map(([pc]) => pc)
    assert.deepEqual(marked, [9, 11])
  })

  it('finds the jump destinations of the interpreter, in any bytes', () => {
    const machine = new Machine()
    // PUSHes and JUMPDESTs often, so that they meet.
    const byte = fc.oneof(fc.constant(0x5b), fc.integer({ min: 0x5f, max: 0x7f }), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 60 }), (bytes) => {
        // Jumps into the bytes, which lie behind a STOP.
        const head = (to: number) => hexToBytes(`0x61${to.toString(16).padStart(4, '0')}5600`)
        const code = Uint8Array.of(...head(0), ...bytes)
        const { jumpDestinations } = decode(code)
        for (let pc = 0; pc < code.length + 2; pc++) {
          const { ending } = machine.run(Uint8Array.of(...head(pc), ...bytes), { gas: 12n })
          // With 12 gas, 11 for the jump and 1 for a JUMPDEST, all goes on to fail for want of gas.
          assert.equal(ending !== HALT_INVALID_JUMP, jumpDestinations.has(pc), `offset ${pc}`)
        }
      }),
      { numRuns: 60 },
    )
  })
})
