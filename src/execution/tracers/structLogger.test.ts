import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { concatBytes } from '../../lib/index.ts'
import { asm, callCode, TracedChain } from '../testing/index.ts'

type Log = { pc: number; op: string; gas: number; gasCost: number; depth: number; error?: string }

const chain = await TracedChain.open()

function logsOf(code: Uint8Array, options: { gas?: bigint; config?: unknown } = {}): Log[] {
  const to = chain.deploy(code, { balance: 100n })
  return chain.trace({ to, gas: options.gas ?? 1_000_000n }, { config: options.config }).structLogs
}

/** Instruction and cost of each step. */
function costs(logs: Log[]): [string, number][] {
  return logs.map(({ op, gasCost }) => [op, gasCost])
}

/** The last step of the program with just so much gas, intrinsic gas aside. */
function last(code: Uint8Array, gas: number): { op: string; gasCost: number; error: string | undefined } {
  const { op, gasCost, error } = logsOf(code, { gas: 21_000n + BigInt(gas) }).at(-1)!
  return { op, gasCost, error }
}

describe('struct logs', () => {
  it('have the members of geth in its order', () => {
    const to = chain.deploy(asm`PUSH 1 PUSH0 MSTORE PUSH 7 PUSH 3 SSTORE PUSH 32 PUSH0 RETURN`)
    const result = chain.trace({ to }, { config: { enableMemory: true } })
    assert.deepEqual(Object.keys(result), ['gas', 'failed', 'returnValue', 'structLogs'])
    assert.equal(result.failed, false)
    assert.equal(result.returnValue, `0x${'1'.padStart(64, '0')}`)
    const store = result.structLogs[5]
    assert.deepEqual(Object.keys(store), [
      'pc',
      'op',
      'gas',
      'gasCost',
      'depth',
      'stack',
      'memory',
      'storage',
    ])
    assert.deepEqual(store.stack, ['0x7', '0x3'])
    assert.deepEqual(store.memory, [`0x${'1'.padStart(64, '0')}`])
    assert.deepEqual(store.storage, { [`0x${'3'.padStart(64, '0')}`]: `0x${'7'.padStart(64, '0')}` })
    assert.equal(store.gasCost, 22_100)
  })

  it('tell each jump, its target and both costs as steps of their own', () => {
    const logs = logsOf(asm`PUSH 1 @there JUMPI INVALID there: @end JUMP end: STOP`)
    assert.deepEqual(costs(logs), [
      ['PUSH1', 3],
      ['PUSH2', 3],
      ['JUMPI', 10],
      ['JUMPDEST', 1],
      ['PUSH2', 3],
      ['JUMP', 8],
      ['JUMPDEST', 1],
      ['STOP', 0],
    ])
  })

  it('count what a call passes on as its cost, but not what a creation does', () => {
    const callee = chain.deploy(asm`STOP`)
    const call = logsOf(callCode(callee, { gas: 5000 })).find(({ op }) => op === 'CALL')!
    assert.equal(call.gasCost, 2600 + 5000)
    const create = logsOf(asm`PUSH0 PUSH0 PUSH0 CREATE`).find(({ op }) => op === 'CREATE')!
    assert.equal(create.gasCost, 32_000)
  })

  it('count depth from 1, and the refund where there is one', () => {
    const callee = chain.deploy(asm`PUSH0 PUSH0 SSTORE GAS`, { storage: [[0n, 5n]] })
    const logs = logsOf(callCode(callee)) as (Log & { refund?: number })[]
    assert.deepEqual([...new Set(logs.map(({ depth }) => depth))], [1, 2])
    assert.equal(logs.find(({ op, depth }) => op === 'SSTORE' && depth === 2)!.refund, undefined)
    assert.equal(logs.find(({ op, depth }) => op === 'GAS' && depth === 2)!.refund, 4800)
  })

  it('leave out what is not wanted', () => {
    const logs = logsOf(asm`PUSH0 SLOAD`, { config: { disableStack: true, disableStorage: true } })
    assert.deepEqual(Object.keys(logs[1]!), ['pc', 'op', 'gas', 'gasCost', 'depth'])
  })

  it('have return data where it is wanted', () => {
    const callee = chain.deploy(asm`PUSH 9 PUSH0 MSTORE8 PUSH 1 PUSH0 REVERT`)
    const logs = logsOf(concatBytes(callCode(callee), asm`POP`), { config: { enableReturnData: true } })
    const after = logs.at(-1) as Log & { returnData?: string }
    assert.equal(after.returnData, '0x09')
  })

  it('stop at the limit', () => {
    const code = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH0`
    assert.equal(logsOf(code, { config: { limit: 1 } }).length, 1)
  })

  it('throw when they would be too large', async () => {
    const own = await TracedChain.open()
    const to = own.deploy(asm`loop: @loop JUMP`)
    assert.throws(() => own.trace({ to, gas: 1_000_000n }, { maxCharacters: 10_000 }), RangeError)
  })
})

describe('a step that can not be executed', () => {
  it('says what geth says of the stack', () => {
    assert.deepEqual(last(asm`PUSH0 ADD`, 1000), {
      ...{ op: 'ADD', gasCost: 3, error: 'stack underflow (1 <=> 2)' },
    })
    const full = concatBytes(...Array.from({ length: 1025 }, () => asm`PUSH0`))
    assert.deepEqual(last(full, 10_000), {
      ...{ op: 'PUSH0', gasCost: 2, error: 'stack limit reached 1024 (1023)' },
    })
  })

  it('tells the whole cost where gas runs out', () => {
    const error = 'out of gas'
    assert.deepEqual(last(asm`PUSH0 PUSH0 ADD`, 5), { op: 'ADD', gasCost: 3, error })
    assert.deepEqual(last(asm`PUSH0 SLOAD`, 1000), { op: 'SLOAD', gasCost: 2100, error })
    assert.deepEqual(last(asm`PUSH 32 PUSH0 KECCAK256`, 40), { op: 'KECCAK256', gasCost: 39, error })
    assert.deepEqual(last(asm`PUSH 1 PUSH 9 SSTORE`, 20_000), { op: 'SSTORE', gasCost: 22_100, error })
    assert.deepEqual(last(asm`PUSH 0xffff PUSH 2 EXP`, 50), { op: 'EXP', gasCost: 110, error })
    assert.deepEqual(last(asm`PUSH 0xabcd BALANCE`, 500), { op: 'BALANCE', gasCost: 2600, error })
    assert.deepEqual(last(asm`PUSH 10 PUSH0 LOG0`, 400), { op: 'LOG0', gasCost: 375 + 80 + 3, error })
  })

  it('tells why a cost can not be told', () => {
    const sentry = 'out of gas: not enough gas for reentrancy sentry'
    assert.deepEqual(last(asm`PUSH0 PUSH0 SSTORE`, 2304), { op: 'SSTORE', gasCost: 0, error: sentry })
    const huge = asm`PUSH 0x10000000000000000 MLOAD`
    assert.deepEqual(last(huge, 1000), { op: 'MLOAD', gasCost: 3, error: 'gas uint64 overflow' })
    const call = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH 0xabcd PUSH0 CALL`
    assert.deepEqual(last(call, 1000), { op: 'CALL', gasCost: 100, error: 'out of gas: out of gas' })
    const long = asm`PUSH 50000 PUSH0 PUSH0 CREATE`
    assert.equal(
      last(long, 100_000).error,
      'out of gas: max initcode size exceeded: code size 50000 limit 49152',
    )
  })

  it('has no error where it fails while it is executed', () => {
    assert.deepEqual(last(asm`PUSH 3 JUMP`, 1000), { op: 'JUMP', gasCost: 8, error: undefined })
    assert.deepEqual(last(asm`INVALID`, 1000), { op: 'INVALID', gasCost: 0, error: undefined })
    const undefinedOpcode = last(asm`0x0c`, 1000)
    assert.deepEqual(undefinedOpcode, { op: 'opcode 0xc not defined', gasCost: 0, error: undefined })
    const copies = asm`PUSH 1 PUSH0 PUSH0 RETURNDATACOPY`
    assert.deepEqual(last(copies, 1000), { op: 'RETURNDATACOPY', gasCost: 9, error: undefined })
  })

  it('tells of writes in a static call', () => {
    const staticCall = (code: Uint8Array): Log[] => {
      const callee = chain.deploy(code)
      return logsOf(asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${callee} GAS STATICCALL`)
    }
    const errorAt = (logs: Log[], name: string): unknown =>
      logs.find(({ op, depth }) => op === name && depth === 2)!.error
    assert.equal(errorAt(staticCall(asm`PUSH0 PUSH0 SSTORE`), 'SSTORE'), 'out of gas: write protection')
    assert.equal(errorAt(staticCall(asm`PUSH0 PUSH0 LOG0`), 'LOG0'), undefined)
  })
})
