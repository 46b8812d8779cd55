import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { moduleOf } from '../../kernels/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { COMPILER_COUNTERS } from './CompileService.ts'
import { EvmMonitor } from './EvmMonitor.ts'
import type { CompilerToEngine } from './messages.ts'
import { ENGINE_COUNTERS, TieredEngine } from './TieredEngine.ts'

describe('EvmMonitor', () => {
  const sequencer = new SharedCounters(ENGINE_COUNTERS)
  const view = new TieredEngine({ memoryMiB: 384, evm: 'interpreter', compiler: undefined })
  const compiler = new SharedCounters(COMPILER_COUNTERS)
  const monitor = new EvmMonitor({
    ...{ tier: 'auto', sequencer, view, compiler },
    speculation: { speculators: 3, parallel: 'auto' },
  })

  it('reads what other threads count', () => {
    new SharedCounters(ENGINE_COUNTERS, sequencer.memory).set('compiledGas', 5_000_000_000n)
    const elsewhere = new SharedCounters(COMPILER_COUNTERS, compiler.memory)
    elsewhere.add('compileUs', 1500)
    elsewhere.add('diskHits', 2)
    new SharedCounters(ENGINE_COUNTERS, sequencer.memory).set('conflicted', 7)
    const status = monitor.status()
    assert.equal(status.sequencer.compiledGas, 5_000_000_000n)
    assert.equal(status.view.compiledGas, 0n)
    assert.deepEqual([status.compiler?.compileMs, status.compiler?.diskHits], [1.5, 2n])
    assert.deepEqual([status.parallel?.threads, status.parallel?.conflicted], [4, 7n])
  })

  it('names the last 50 contracts, newest first, each once', () => {
    for (let seed = 0; seed < 60; seed++) monitor.take(compiled(seed, 10))
    monitor.take(compiled(20, 0))
    const { contracts } = monitor.status()
    assert.equal(contracts.length, 50)
    assert.deepEqual(
      contracts.slice(0, 3).map(({ codeHash }) => codeHash[0]),
      [20, 59, 58],
    )
    assert.equal(contracts[0]!.compileMs, 10)
    assert.equal(contracts.filter(({ codeHash }) => codeHash[0] === 20).length, 1)
  })

  it('leaves out what was refused', () => {
    const codeHash = new Uint8Array(32).fill(0xee)
    monitor.take({ kind: 'refused', codeHash, fork: 'Osaka', reason: 'too large' })
    assert.notEqual(monitor.status().contracts[0]!.codeHash[0], 0xee)
  })
})

function compiled(seed: number, compileMs: number): CompilerToEngine {
  return {
    kind: 'compiled',
    codeHash: new Uint8Array(32).fill(seed),
    fork: 'Osaka',
    compiled: {
      module: moduleOf(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
      wasmBytes: 8,
      nativeStackBytes: 0,
    },
    facts: { codeBytes: 1, wasmBytes: 2, compileMs },
  }
}
