import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { compileCode } from '../../evm/index.ts'
import { moduleOf } from '../../kernels/index.ts'
import { blobBaseFee, FORK_RULES, GAS_PER_BLOB } from '../../protocol/index.ts'
import type { CompilerToEngine, EngineToCompiler } from './messages.ts'
import { PENDING_LIMIT, TieredEngine } from './TieredEngine.ts'

/** More than the engine's limit for what is hot. */
const MUCH_GAS = 3_000_000n

let compiler: MessagePort
let tiers: TieredEngine
beforeEach(() => {
  const { port1, port2 } = new MessageChannel()
  compiler = port1
  tiers = new TieredEngine({ memoryMiB: 384, evm: 'auto', compiler: port2 })
  beginBlock(tiers)
})
afterEach(() => compiler.close())

describe('TieredEngine', () => {
  it('asks once for a code that runs hot, and runs it compiled when the module has come', () => {
    burn(1)
    burn(1)
    const [request, ...more] = requests()
    assert.ok(request !== undefined && more.length === 0)
    assert.equal(request.fork, 'Osaka')
    assert.deepEqual(request.code, codeOf(1))
    assert.deepEqual(counts(), { compiledCodes: 0n, refusedCodes: 0n, pendingCodes: 1n, droppedRequests: 0n })
    assert.equal(tiers.counters.get('compiledGas'), 0n)
    tiers.take(compiled(request))
    burn(1)
    assert.deepEqual(counts(), { compiledCodes: 1n, refusedCodes: 0n, pendingCodes: 0n, droppedRequests: 0n })
    assert.ok(tiers.counters.get('compiledGas') > 0n)
  })

  it('takes a module that another engine has asked for', () => {
    burn(1)
    const [request] = requests()
    const other = new TieredEngine({ memoryMiB: 384, evm: 'auto', compiler: undefined })
    beginBlock(other)
    deploy(1, other)
    other.take(compiled(request!))
    burn(1, other)
    other.report()
    assert.ok(other.counters.get('compiledGas') > 0n)
    assert.equal(other.counters.get('interpretedGas'), 0n)
  })

  it('does not ask again for what was refused, and counts it once', () => {
    burn(1)
    const { codeHash, fork } = requests()[0]!
    for (let i = 0; i < 2; i++) tiers.take({ kind: 'refused', codeHash, fork, reason: 'too large' })
    tiers.engine.reset()
    beginBlock(tiers)
    burn(1)
    assert.deepEqual(requests(), [])
    assert.deepEqual(counts(), { compiledCodes: 0n, refusedCodes: 1n, pendingCodes: 0n, droppedRequests: 0n })
  })

  it('asks for no more while too much is pending, and again for what was dropped when it has come', () => {
    for (let seed = 0; seed <= PENDING_LIMIT; seed++) burn(seed)
    const asked = requests()
    assert.equal(asked.length, PENDING_LIMIT)
    assert.deepEqual([counts().pendingCodes, counts().droppedRequests], [BigInt(PENDING_LIMIT), 1n])
    tiers.take(compiled(asked[0]!))
    burn(PENDING_LIMIT)
    assert.deepEqual(requests()[0]?.code, codeOf(PENDING_LIMIT))
  })
})

/** Loops until the gas is gone. JUMPDEST PUSH0 JUMP, and something that makes the code one of its own. */
function codeOf(seed: number): Uint8Array {
  return Uint8Array.of(0x5b, 0x5f, 0x56, seed)
}

function deploy(seed: number, { engine }: TieredEngine): Uint8Array {
  const address = new Uint8Array(20).fill(0xc0)
  address[19] = seed
  engine.setAccount(address, { nonce: 1n, balance: 0n, code: codeOf(seed) })
  return address
}

function burn(seed: number, on: TieredEngine = tiers): void {
  const to = deploy(seed, on)
  const call = {
    from: new Uint8Array(20),
    to,
    gas: MUCH_GAS,
    value: 0n,
    data: new Uint8Array(0),
    gasPrice: 0n,
  }
  const { status } = on.engine.call({ ...call, accessList: [], authorizations: [] })
  assert.equal(status, 'halt')
}

function requests(): EngineToCompiler[] {
  const received: EngineToCompiler[] = []
  for (let next = receiveMessageOnPort(compiler); next; next = receiveMessageOnPort(compiler)) {
    received.push(next.message as EngineToCompiler)
  }
  return received
}

function compiled({ codeHash, code, fork }: EngineToCompiler): CompilerToEngine {
  const outcome = compileCode(code, fork)
  assert.ok(outcome.ok)
  const { wasm, nativeStackBytes } = outcome
  const compiled = { module: moduleOf(wasm), wasmBytes: wasm.length, nativeStackBytes }
  const facts = { codeBytes: code.length, wasmBytes: wasm.length, compileMs: 1 }
  return { kind: 'compiled', codeHash, fork, compiled, facts }
}

function counts() {
  tiers.report()
  const { counters } = tiers
  return {
    compiledCodes: counters.get('compiledCodes'),
    refusedCodes: counters.get('refusedCodes'),
    pendingCodes: counters.get('pendingCodes'),
    droppedRequests: counters.get('droppedRequests'),
  }
}

function beginBlock({ engine }: TieredEngine): void {
  const zero = new Uint8Array(32)
  const { blobSchedule } = FORK_RULES.Osaka
  engine.beginBlock(
    {
      ...{ fork: 'Osaka', chainId: 1n, number: 1n, timestamp: 1n, gasLimit: 1n << 40n },
      ...{ coinbase: new Uint8Array(20), baseFeePerGas: 0n, prevRandao: zero, parentBeaconBlockRoot: zero },
      blobBaseFee: blobBaseFee(0n, blobSchedule),
      maxBlobGasPerBlock: BigInt(blobSchedule.max) * GAS_PER_BLOB,
    },
    () => zero,
  )
}
