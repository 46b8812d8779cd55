import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { CompileOutcome } from '../../evm/index.ts'
import type { CompileRequest } from '../../execution/index.ts'
import { moduleOf } from '../../kernels/index.ts'
import { ManualClock } from '../../lib/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { COMPILE_SHARE, COMPILE_WINDOW_MS } from './CompileBudget.ts'
import { COMPILER_COUNTERS, type CompilerCounters, CompileService } from './CompileService.ts'
import { ModuleCache } from './ModuleCache.ts'
import { ModuleFolder } from './ModuleFolder.ts'

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
const STATS = { codeBytes: 1, wasmBytes: 8, nodes: 1, functions: 1, unresolvedJumps: 0 }
const COMPILED = { ok: true, wasm: EMPTY_MODULE, nativeStackBytes: 512, stats: STATS } as const

let path: string
let clock: ManualClock
let compiled: number[]
let outcome: (code: number) => CompileOutcome
let warnings: string[]
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'leveret-compile-'))
  clock = new ManualClock()
  compiled = []
  outcome = () => COMPILED
  warnings = []
})
afterEach(() => rmSync(path, { recursive: true }))

describe('CompileService', () => {
  it('compiles a code once, however often it is asked for', () => {
    const { service, counters } = start()
    assert.equal(service.ask(request(1)), undefined)
    assert.equal(service.ask(request(1)), undefined)
    const answer = service.next()
    assert.equal(answer?.kind, 'compiled')
    assert.deepEqual(answer.codeHash, request(1).codeHash)
    assert.equal(answer.compiled.nativeStackBytes, 512)
    assert.equal(service.next(), undefined)
    assert.equal(service.ask(request(1))?.kind, 'compiled')
    assert.deepEqual(compiled, [1])
    assert.deepEqual([counters.get('compiledCodes'), counters.get('memoryHits')], [1n, 1n])
    assert.equal(counters.get('wasmBytes'), BigInt(EMPTY_MODULE.length))
  })

  it('compiles anew under another fork', () => {
    const { service } = start()
    for (const fork of ['Prague', 'Osaka'] as const) {
      assert.equal(service.ask({ ...request(1), fork }), undefined)
      assert.equal(service.next()?.fork, fork)
    }
    assert.deepEqual(compiled, [1, 1])
  })

  it('works in the order of asking', () => {
    const { service } = start()
    for (const seed of [3, 1, 2]) service.ask(request(seed))
    while (service.next() !== undefined);
    assert.deepEqual(compiled, [3, 1, 2])
  })

  it('remembers what was refused', () => {
    outcome = () => ({ ok: false, reason: 'too large' })
    const { service, counters } = start()
    service.ask(request(1))
    const refused = { kind: 'refused', codeHash: request(1).codeHash, fork: 'Osaka', reason: 'too large' }
    assert.deepEqual(service.next(), refused)
    assert.deepEqual(service.ask(request(1)), refused)
    assert.deepEqual([compiled, counters.get('refusedCodes')], [[1], 1n])
  })

  it('takes from disk what another run has compiled', () => {
    run(1)
    const counters = run(1)
    assert.deepEqual(compiled, [1])
    assert.deepEqual([counters.get('diskHits'), counters.get('compiledCodes')], [1n, 0n])
  })

  it('compiles again what stands on disk and is no module', () => {
    const folder = openFolder()
    folder.write('Osaka', request(1).codeHash, { wasm: Uint8Array.of(1, 2, 3), nativeStackBytes: 1 })
    const counters = run(1)
    assert.deepEqual(compiled, [1])
    assert.deepEqual([counters.get('diskHits'), counters.get('compiledCodes')], [0n, 1n])
    assert.equal(run(1).get('diskHits'), 1n)
  })

  it('says when the compiler fails, and counts the code as refused', () => {
    const { service } = start()
    for (const [seed, wrong] of [
      [
        1,
        () => {
          throw new Error('no such opcode')
        },
      ],
      [2, () => ({ ...COMPILED, wasm: Uint8Array.of(1) })],
    ] as const) {
      outcome = wrong
      service.ask(request(seed))
      assert.equal(service.next()?.kind, 'refused')
      assert.equal(service.ask(request(seed))?.kind, 'refused')
    }
    assert.equal(warnings.length, 2)
    assert.match(warnings[0]!, /because of a bug[\s\S]*no such opcode[\s\S]*next: /)
  })

  it('has to wait when it has spent its time, and then goes on', () => {
    const { service, counters } = start()
    outcome = () => {
      clock.advanceMs(COMPILE_SHARE * COMPILE_WINDOW_MS + 10)
      return COMPILED
    }
    assert.equal(service.waitMs, Infinity)
    service.ask(request(1))
    service.ask(request(2))
    assert.equal(service.waitMs, 0)
    service.next()
    assert.ok(service.waitMs > 0 && service.waitMs < COMPILE_WINDOW_MS)
    assert.equal(counters.get('compileUs'), BigInt((COMPILE_SHARE * COMPILE_WINDOW_MS + 10) * 1000))
    clock.advanceMs(service.waitMs)
    assert.equal(service.waitMs, 0)
    service.next()
    assert.equal(service.waitMs, Infinity)
  })
})

describe('ModuleCache', () => {
  it('forgets the module used longest ago when there are too many bytes', () => {
    const cache = new ModuleCache(100)
    const module = (wasmBytes: number) => ({
      module: moduleOf(EMPTY_MODULE),
      nativeStackBytes: 1,
      wasmBytes,
    })
    const held = () => ['a', 'b', 'c'].filter((key) => cache.get(key) !== undefined)
    cache.set('a', module(40))
    cache.set('b', module(40))
    cache.get('a')
    cache.set('c', module(40))
    assert.deepEqual(held(), ['a', 'c'])
    cache.set('c', module(60))
    assert.deepEqual(held(), ['a', 'c'])
    cache.set('b', module(101))
    assert.deepEqual(held(), [])
  })
})

function start(): { service: CompileService; counters: CompilerCounters } {
  const counters: CompilerCounters = new SharedCounters(COMPILER_COUNTERS)
  const compile = (code: Uint8Array) => {
    compiled.push(code[0]!)
    return outcome(code[0]!)
  }
  const warn = (message: string) => void warnings.push(message)
  const options = { compile, sharesMemory: false, openFolder, clock, counters, warn }
  return { service: new CompileService(options), counters }
}

/** A run of its own that compiles one code; what it counts. */
function run(seed: number): CompilerCounters {
  const { service, counters } = start()
  service.ask(request(seed))
  assert.equal(service.next()?.kind, 'compiled')
  return counters
}

function openFolder(): ModuleFolder {
  return ModuleFolder.open(path, { version: 1, warn: (message) => warnings.push(message) })
}

function request(seed: number): CompileRequest {
  return { codeHash: new Uint8Array(32).fill(seed), code: Uint8Array.of(seed), fork: 'Osaka' }
}
