import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, concatBytes, fromBigInt } from '../../lib/index.ts'
import { asm, callCode, TracedChain } from '../testing/index.ts'
import { TracerError } from './index.ts'

const chain = await TracedChain.open()
const word = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`

function trace(code: Uint8Array, { config, gas }: { config?: unknown; gas?: bigint } = {}) {
  const to = chain.deploy(code, { storage: [[1n, 5n]] })
  return chain.trace({ to, gas: gas ?? 1_000_000n }, { name: 'erc7562Tracer', config })
}

describe('erc7562Tracer', () => {
  it('has the members of geth in its order', () => {
    const result = trace(concatBytes(callCode(fromBigInt(4n, 20)), asm`PUSH0 PUSH0 KECCAK256`))
    assert.deepEqual(Object.keys(result), [
      ...['from', 'gas', 'gasUsed', 'to', 'input', 'value'],
      ...['accessedSlots', 'extCodeAccessInfo', 'usedOpcodes', 'contractSize', 'outOfGas', 'keccak'],
      ...['calls', 'type'],
    ])
    assert.deepEqual(Object.keys(result.accessedSlots), [
      ...['reads', 'writes', 'transientReads', 'transientWrites'],
    ])
  })

  it('tells what slots had before they were written, and how often they were', () => {
    const { accessedSlots } = trace(asm`PUSH 1 SLOAD PUSH 9 PUSH 1 SSTORE PUSH 1 SLOAD PUSH 8 PUSH 1 SSTORE
      PUSH 7 PUSH 2 SSTORE PUSH 2 SLOAD PUSH 3 TLOAD PUSH 3 TLOAD PUSH 6 PUSH 4 TSTORE`)
    assert.deepEqual(accessedSlots, {
      reads: { [word(1)]: [word(5)] },
      writes: { [word(1)]: 2, [word(2)]: 1 },
      transientReads: { [word(3)]: 2 },
      transientWrites: { [word(4)]: 1 },
    })
  })

  it('counts opcodes but for plain ones, and for GAS before a call', () => {
    const code = asm`PUSH 2 PUSH 3 ADD POP ADDRESS POP GAS POP PUSH0 PUSH0 PUSH0 PUSH0 PUSH 4 GAS STATICCALL`
    assert.deepEqual(trace(code).usedOpcodes, { '0x0': 1, '0x30': 1, '0x5a': 1, '0xfa': 1 })
    const { usedOpcodes } = trace(code, { config: { ignoredOpcodes: ['0x0', '0x5f', '0x60'] } })
    assert.deepEqual(usedOpcodes, { '0x1': 1, '0x30': 1, '0x50': 3, '0x5a': 1, '0xfa': 1 })
  })

  it('tells whose code was looked at, but not the question whether there is any', () => {
    const callee = chain.deploy(asm`STOP STOP STOP`)
    const asked = fromBigInt(0xaa01n, 20)
    const sized = fromBigInt(0xaa02n, 20)
    const hashed = fromBigInt(0xaa03n, 20)
    const code = asm`PUSH ${asked} EXTCODESIZE ISZERO PUSH ${sized} EXTCODESIZE POP PUSH ${hashed} EXTCODEHASH`
    const result = trace(concatBytes(callCode(callee), code))
    assert.deepEqual(result.extCodeAccessInfo, [sized, hashed].map(bytesToHex))
    assert.deepEqual(result.contractSize, {
      [bytesToHex(asked)]: { contractSize: 0, opcode: 0x3b },
      [bytesToHex(sized)]: { contractSize: 0, opcode: 0x3b },
      [bytesToHex(hashed)]: { contractSize: 0, opcode: 0x3f },
      [bytesToHex(callee)]: { contractSize: 3, opcode: 0xf1 },
    })
  })
})

describe('erc7562Tracer, of called frames', () => {
  it('gives what was hashed to the first frame, sorted, with zeros behind the memory', () => {
    const callee = chain.deploy(asm`PUSH 4 PUSH0 KECCAK256`)
    const code = asm`PUSH 0xff PUSH0 MSTORE8 PUSH 2 PUSH0 KECCAK256 PUSH 1 PUSH 31 KECCAK256 PUSH 2 PUSH0 KECCAK256`
    const { keccak, calls } = trace(concatBytes(code, callCode(callee)))
    assert.deepEqual(keccak, ['0x00', '0x00000000', '0xff00'])
    assert.equal(calls[0].keccak, undefined)
  })

  it('keeps what each frame has done apart, and tells which ran out of gas', () => {
    const callee = chain.deploy(asm`PUSH 1 SLOAD loop: @loop JUMP`)
    const { accessedSlots, outOfGas, calls } = trace(callCode(callee, { gas: 5000 }))
    assert.deepEqual([accessedSlots.reads, outOfGas], [{}, false])
    assert.deepEqual(calls[0].accessedSlots.reads, { [word(1)]: [word(0)] })
    assert.deepEqual([calls[0].error, calls[0].outOfGas], ['out of gas', true])
  })

  it('survives instructions that lack their words', () => {
    for (const code of [asm`SLOAD`, asm`EXTCODESIZE`, asm`CALL`, asm`PUSH0 KECCAK256`])
      assert.match(trace(code).error, /stack underflow/)
    const huge = trace(asm`PUSH32 ${new Uint8Array(32).fill(0xff)} PUSH0 KECCAK256`)
    assert.deepEqual([huge.error, huge.keccak], ['gas uint64 overflow', undefined])
  })

  it('has logs only where they are wanted', () => {
    const code = asm`PUSH 7 PUSH0 PUSH0 LOG1`
    assert.equal(trace(code).logs, undefined)
    assert.deepEqual(trace(code, { config: { withLog: true } }).logs[0].topics, [word(7)])
  })

  it('refuses opcodes that are none, and a result that grows too large', () => {
    for (const ignoredOpcodes of ['0x1', [1], ['0x100']])
      assert.throws(
        () => trace(asm`STOP`, { config: { ignoredOpcodes } }),
        (error) => error instanceof TracerError && /ignoredOpcodes must be a list/.test(error.message),
      )
    const to = chain.deploy(asm`PUSH0 loop: PUSH 1 ADD DUP1 SLOAD POP @loop JUMP`)
    const traced = () => chain.trace({ to }, { name: 'erc7562Tracer', maxCharacters: 10_000 })
    assert.throws(traced, RangeError)
  })
})
