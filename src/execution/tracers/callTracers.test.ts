import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, concatBytes, EMPTY_BYTES, fromBigInt, padLeft } from '../../lib/index.ts'
import { createdAddress } from '../../protocol/index.ts'
import { asm, callCode, initCode, SENDER, TracedChain } from '../testing/index.ts'
import { TracerError } from './index.ts'

type Call = { type: string; to?: string; error?: string; calls?: Call[]; gasUsed: string; output?: string }

const chain = await TracedChain.open()

function callsOf(code: Uint8Array, options: { config?: unknown; gas?: bigint; balance?: bigint } = {}) {
  const to = chain.deploy(code, { balance: options.balance ?? 100n })
  const gas = options.gas ?? 1_000_000n
  return chain.trace({ to, gas }, { name: 'callTracer', config: options.config })
}

/** The only call of a program. */
function callOf(code: Uint8Array, options: { gas?: bigint; balance?: bigint } = {}): Call {
  const { calls } = callsOf(code, options)
  assert.equal(calls.length, 1)
  return calls[0]
}

/** Code that reverts with an error of Solidity. */
function reverts(reason: string): Uint8Array {
  const text = Buffer.from(reason.padEnd(32, '\0'))
  return asm`PUSH4 0x08c379a0 PUSH 224 SHL PUSH0 MSTORE PUSH 32 PUSH 4 MSTORE PUSH ${reason.length} PUSH 36 MSTORE
    PUSH32 ${new Uint8Array(text)} PUSH 68 MSTORE PUSH 100 PUSH0 REVERT`
}

const OWN_MEMBERS = ['from', 'gas', 'gasUsed', 'to', 'input']

describe('callTracer', () => {
  it('has the members of geth in its order', () => {
    const result = callsOf(reverts('no'))
    assert.deepEqual(Object.keys(result), [
      ...OWN_MEMBERS,
      'output',
      'error',
      'revertReason',
      'value',
      'type',
    ])
    assert.equal(result.revertReason, 'no')
    assert.equal(result.error, 'execution reverted')
    assert.equal(result.gas, '0xf4240')
  })

  it('tells every kind of call, with and without value', () => {
    const callee = chain.deploy(asm`STOP`)
    const code = concatBytes(
      callCode(callee, { value: 1 }),
      asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${callee} GAS CALLCODE`,
      asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${callee} GAS DELEGATECALL`,
      asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${callee} GAS STATICCALL`,
    )
    const { calls } = callsOf(code)
    const kinds = calls.map((call: { type: string; value?: string }) => [call.type, call.value])
    assert.deepEqual(kinds, [
      ['CALL', '0x1'],
      ['CALLCODE', '0x0'],
      ['DELEGATECALL', '0x0'],
      ['STATICCALL', undefined],
    ])
  })

  it('tells calls of precompiles, and of what has no code', () => {
    assert.equal(callOf(callCode(fromBigInt(4n, 20))).gasUsed, '0xf')
    assert.equal(callOf(callCode(fromBigInt(0xabcdn, 20))).gasUsed, '0x0')
    const failing = callOf(callCode(fromBigInt(9n, 20)))
    assert.equal(failing.error, 'invalid input length')
  })
})

describe('callTracer, of what fails', () => {
  it('tells of refused calls, which cost nothing', () => {
    const poor = callOf(callCode(fromBigInt(0xabcdn, 20), { value: 101 }))
    assert.equal(poor.error, 'insufficient balance for transfer')
    assert.equal(poor.gasUsed, '0x0')
    assert.equal(poor.to, bytesToHex(fromBigInt(0xabcdn, 20)))
    const creation = callOf(asm`PUSH0 PUSH0 PUSH 101 CREATE`)
    assert.equal(creation.error, 'insufficient balance for transfer')
    assert.equal(creation.to, undefined)
  })

  it('tells of a call that is too deep', () => {
    const at = chain.deploy(asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL`)
    chain.open({ fork: 'Prague', gasLimit: 1n << 60n })
    let call: Call | undefined = chain.trace({ to: at, gas: 10n ** 15n }, { name: 'callTracer' })
    chain.open({ fork: 'Osaka', gasLimit: 200_000_000n })
    let depth = 0
    while (call?.calls !== undefined) {
      call = call.calls[0]
      depth++
    }
    assert.equal(depth, 1025)
    assert.equal(call!.error, 'max call depth exceeded')
  })

  it('tells of creations: made, occupied, too dear, refused', () => {
    const runs = (code: Uint8Array): Call =>
      callOf(
        concatBytes(
          asm`PUSH32 ${padLeft(code, 32)} PUSH0 MSTORE`,
          asm`PUSH ${code.length} PUSH ${32 - code.length} PUSH0 CREATE`,
        ),
      )
    const made = runs(asm`PUSH 1 PUSH0 RETURN`)
    assert.equal(made.output, '0x00')
    assert.equal(
      runs(asm`PUSH 0xef PUSH0 MSTORE8 PUSH 1 PUSH0 RETURN`).error,
      'invalid code: must not begin with 0xef',
    )
    assert.equal(runs(asm`PUSH 24577 PUSH0 RETURN`).error, 'contract creation code storage out of gas')
    const twice = asm`PUSH0 PUSH0 PUSH0 PUSH0 CREATE2 PUSH0 PUSH0 PUSH0 PUSH0 CREATE2`
    const [first, second] = callsOf(twice).calls
    assert.equal(first.error, undefined)
    assert.equal(second.error, 'contract address collision')
    assert.equal(second.gasUsed, second.gas)
  })

  it('tells why a frame halts', () => {
    const errorOf = (code: Uint8Array): string | undefined =>
      callOf(callCode(chain.deploy(code), { gas: 3000 })).error
    assert.equal(errorOf(asm`INVALID`), 'invalid opcode: INVALID')
    assert.equal(errorOf(asm`0x0c`), 'invalid opcode: opcode 0xc not defined')
    assert.equal(errorOf(asm`ADD`), 'stack underflow (0 <=> 2)')
    assert.equal(errorOf(asm`PUSH 1 JUMP`), 'invalid jump destination')
    assert.equal(errorOf(asm`PUSH 1 PUSH0 PUSH0 RETURNDATACOPY`), 'return data out of bounds')
    assert.equal(errorOf(asm`loop: @loop JUMP`), 'out of gas')
    assert.equal(errorOf(asm`PUSH 0xabcd SELFDESTRUCT`), 'out of gas')
  })
})

describe('callTracer, of what else happens', () => {
  it('tells self-destructions', () => {
    const call = callOf(asm`PUSH 0xabcd SELFDESTRUCT`)
    assert.deepEqual(Object.keys(call), [...OWN_MEMBERS, 'value', 'type'])
    assert.equal(call.type, 'SELFDESTRUCT')
  })

  it('leaves calls out where only the top is wanted', () => {
    assert.equal(callsOf(callCode(fromBigInt(4n, 20)), { config: { onlyTopCall: true } }).calls, undefined)
  })

  it('tells logs with index and position, but none of what failed', () => {
    const logs = asm`PUSH 7 PUSH0 PUSH0 LOG1`
    const good = chain.deploy(logs)
    const bad = chain.deploy(concatBytes(logs, asm`PUSH0 PUSH0 REVERT`))
    const code = concatBytes(logs, callCode(bad), callCode(good), logs)
    const result = callsOf(code, { config: { withLog: true } })
    const placesOf = (call: { logs?: { index: string; position: string }[] }) =>
      call.logs?.map(({ index, position }) => [index, position])
    assert.deepEqual(placesOf(result), [
      ['0x0', '0x0'],
      ['0x2', '0x2'],
    ])
    assert.deepEqual(placesOf(result.calls[0]), undefined)
    assert.deepEqual(placesOf(result.calls[1]), [['0x1', '0x0']])
    assert.deepEqual(Object.keys(result.logs[0]), ['address', 'topics', 'data', 'index', 'position'])
  })

  it('follows a delegation (EIP-7702)', () => {
    const delegate = chain.deploy(asm`PUSH 5 PUSH0 MSTORE8 PUSH 1 PUSH0 RETURN`)
    const authority = chain.deploy(EMPTY_BYTES, { nonce: 0n })
    const result = chain.trace(
      { to: authority, authorizations: [{ authority, delegate, nonce: 0n }] },
      { name: 'callTracer' },
    )
    assert.equal(result.output, '0x05')
    assert.equal(result.to, bytesToHex(authority))
  })
})

describe('flatCallTracer', () => {
  it('tells calls in a row, without precompiles', () => {
    const inner = chain.deploy(asm`INVALID`)
    const to = chain.deploy(
      concatBytes(callCode(fromBigInt(4n, 20)), callCode(inner), asm`PUSH0 PUSH0 PUSH0 CREATE`),
    )
    const traces = chain.trace({ to }, { name: 'flatCallTracer', config: { convertParityErrors: true } })
    const shown = traces.map(({ type, traceAddress, error }: Record<string, unknown>) => [
      type,
      traceAddress,
      error,
    ])
    assert.deepEqual(shown, [
      ['call', [], undefined],
      ['call', [0], 'Bad instruction'],
      ['create', [1], undefined],
    ])
    assert.equal(traces[0].subtraces, 2)
    assert.equal(traces[1].result, undefined)
  })
})

describe('4byteTracer', () => {
  it('counts functions by the size of their arguments', () => {
    const callee = chain.deploy(asm`STOP`)
    const data = fromBigInt(0x11223344n, 4)
    const code = asm`PUSH ${data} PUSH 224 SHL PUSH0 MSTORE PUSH0 PUSH0 PUSH 36 PUSH0 PUSH0 PUSH ${callee} GAS CALL`
    const to = chain.deploy(concatBytes(code, code))
    assert.deepEqual(chain.trace({ to, data: new Uint8Array(5) }, { name: '4byteTracer' }), {
      '0x00000000-1': 1,
      '0x11223344-32': 2,
    })
  })
})

describe('muxTracer', () => {
  it('gives what each gives alone', () => {
    const to = chain.deploy(asm`PUSH0 SLOAD`)
    const config = { callTracer: {}, prestateTracer: { diffMode: true }, noopTracer: null }
    const result = chain.trace({ to }, { name: 'muxTracer', config })
    assert.deepEqual(Object.keys(result), ['callTracer', 'noopTracer', 'prestateTracer'])
    assert.equal(result.callTracer.type, 'CALL')
  })
})

describe('prestateTracer', () => {
  const key = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`

  it('tells accounts and slots before, sorted', () => {
    const other = chain.deploy(EMPTY_BYTES, { balance: 9n })
    const to = chain.deploy(asm`PUSH ${other} BALANCE PUSH 2 SLOAD PUSH 1 SLOAD`, { storage: [[1n, 5n]] })
    const result = chain.trace({ to }, { name: 'prestateTracer' })
    const name = bytesToHex(to)
    assert.deepEqual(result[name].storage, {
      [key(1)]: key(5),
      [key(2)]: key(0),
    })
    assert.equal(result[bytesToHex(other)].balance, '0x9')
    assert.deepEqual(Object.keys(result), Object.keys(result).sort())
    assert.deepEqual(Object.keys(result[name]), ['balance', 'code', 'codeHash', 'nonce', 'storage'])
  })

  it('leaves out what an instruction did not get to', () => {
    const other = chain.deploy(EMPTY_BYTES, { balance: 9n })
    const to = chain.deploy(asm`PUSH ${other} BALANCE`)
    const result = chain.trace({ to, gas: 21_100n }, { name: 'prestateTracer' })
    assert.equal(result[bytesToHex(other)], undefined)
  })

  it('tells what has changed', () => {
    const to = chain.deploy(asm`PUSH 8 PUSH 1 SSTORE PUSH0 PUSH 2 SSTORE PUSH 3 SLOAD`, {
      storage: [
        [1n, 5n],
        [2n, 6n],
        [3n, 7n],
      ],
    })
    const { post, pre } = chain.trace({ to }, { name: 'prestateTracer', config: { diffMode: true } })
    const name = bytesToHex(to)
    assert.deepEqual(pre[name].storage, { [key(1)]: key(5), [key(2)]: key(6) })
    assert.deepEqual(post[name], { storage: { [key(1)]: key(8) } })
    assert.ok(post[bytesToHex(SENDER)].nonce === pre[bytesToHex(SENDER)].nonce + 1)
  })

  it('tells a creation only after it', () => {
    const nonce = chain.engine.getAccount(SENDER)!.nonce
    const at = bytesToHex(createdAddress(SENDER, nonce))
    const { post, pre } = chain.trace(
      { to: undefined, data: initCode(asm`STOP`) },
      { name: 'prestateTracer', config: { diffMode: true } },
    )
    assert.equal(pre[at], undefined)
    assert.equal(post[at].code, '0x00')
    assert.equal(post[at].nonce, 1)
  })
})

describe('makeTracer', () => {
  const to = chain.deploy(asm`STOP`)
  const refused = (name: string, config: unknown, message: RegExp) =>
    assert.throws(
      () => chain.trace({ to }, { name, config }),
      (error) => error instanceof TracerError && message.test(error.message),
    )

  it('refuses what is not there, and what makes no sense', () => {
    refused('{step: function() {}}', undefined, /tracer not found.*JavaScript/)
    refused('callTracer', { withLog: 'yes' }, /withLog must be true or false/)
    refused('callTracer', [], /must be an object/)
    refused('prestateTracer', { diffMode: true, includeEmpty: true }, /cannot use diffMode with includeEmpty/)
    const muxes = (depth: number): object => (depth === 0 ? {} : { muxTracer: muxes(depth - 1) })
    refused('muxTracer', muxes(6), /inside one another/)
  })
})
