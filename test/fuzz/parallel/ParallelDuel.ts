/** The same batches on an engine that is alone, and on one with speculators: byte for byte the same must come of them. */
import assert from 'node:assert/strict'
import { Engine, type EvmTier, type ParallelStats, Speculator } from '../../../src/execution/index.ts'
import type { SharedBase } from '../../../src/kernels/index.ts'
import { hexToBytes, Prng } from '../../../src/lib/index.ts'
import { SpeculatorPorts } from '../../../src/node/speculating/SpeculatorPorts.ts'
import { SpeculatorThreads } from '../../../src/node/speculating/SpeculatorThreads.ts'
import { runBatch } from './runBatch.ts'
import { World } from './World.ts'

/**
 * When speculators work: on this thread, all but `threads`. `before`: on the whole batch before the engine begins, so that nothing is
 * committed meanwhile. `fresh`: on one transaction after the other. `stale`: on the state of some batches ago. `nonsense`:
 * on that state, with bytes overwritten at random. `threads`: on threads, with a short start.
 */
export const TIMINGS = ['before', 'fresh', 'stale', 'nonsense', 'threads'] as const
export type Timing = (typeof TIMINGS)[number]

const MEMORY = { memoryMiB: 256, evmMemoryMiB: 96 }
/** A speculator keeps so many at most. */
const BATCH_TRANSACTIONS = 40
/** Of one seed. */
export const BATCHES = 4
const OVERWRITTEN_BYTES = 3_000
const THREADS = 2
const THREAD_BATCH_TRANSACTIONS = 300
const START_MS = 0.1

export class ParallelDuel {
  readonly timing: Timing
  readonly #serial: Engine
  readonly #parallel: Engine
  /** Its state is what speculators see where it is not to be the engine's. */
  readonly #stale: Engine
  readonly #speculators: Speculator[] = []
  readonly #threads: SpeculatorThreads

  constructor(timing: Timing, evm: EvmTier) {
    this.timing = timing
    this.#serial = new Engine({ ...MEMORY, evm })
    this.#stale = new Engine({ ...MEMORY, evm, sharing: { speculators: 1 } })
    const isThreaded = timing === 'threads'
    this.#threads = new SpeculatorThreads(isThreaded ? THREADS : 0)
    const ports = new SpeculatorPorts(this.#threads.ports)
    this.#parallel = new Engine({
      ...MEMORY,
      evm,
      sharing: { speculators: THREADS },
      onModule: (codeHash, fork, compiled) => ports.offer(codeHash, fork, compiled),
      parallel: { mode: 'always', lead: 0, onOpen: () => this.#speculate() },
    })
    const base = this.#parallel.kernel.shared
    const state: SharedBase = this.#isApart ? this.#stale.kernel.shared : base
    if (!isThreaded)
      for (let index = 0; index < THREADS; index++)
        this.#speculators.push(new Speculator({ base, index, evm, state }))
    ports.attach(this.#parallel)
    this.#threads.start(evm)
  }

  async close(): Promise<void> {
    await this.#threads.close()
  }

  get stats(): ParallelStats {
    return this.#parallel.parallelStats!
  }

  /** Runs some batches. @throws AssertionError where they differ. */
  run(seed: number): void {
    const world = new World(seed)
    const random = new Prng(seed + 1)
    const engines = [this.#serial, this.#parallel, this.#stale]
    for (const engine of engines) world.load(engine)
    let shown = [] as Uint8Array[]
    for (let index = 0; index < BATCHES; index++) {
      const most = this.timing === 'threads' ? THREAD_BATCH_TRANSACTIONS : BATCH_TRANSACTIONS
      const batch = world.batch(1 + random.nextInt(most))
      const expected = runBatch(this.#serial, batch, false)
      const diff = hexToBytes(expected.diff)
      if (this.timing === 'nonsense') overwrite(this.#stale, random)
      const got = runBatch(this.#parallel, batch, this.timing === 'fresh')
      assert.deepEqual(got, expected, `seed ${seed}, batch ${index}, ${this.timing}`)
      shown.push(diff)
      if (this.timing === 'stale' && index % 2 === 1) {
        for (const each of shown) this.#stale.applyDiff(each)
        shown = []
      }
      for (const engine of engines) world.openBlock(engine, index + 1)
    }
  }

  get #isApart(): boolean {
    return this.timing === 'stale' || this.timing === 'nonsense'
  }

  #speculate(): void {
    for (const speculator of this.#speculators) speculator.work()
    if (this.timing !== 'threads') return
    const endMs = performance.now() + START_MS
    while (performance.now() < endMs);
  }
}

/** Some bytes of the tables, anywhere. */
function overwrite(engine: Engine, random: Prng): void {
  const { bytes } = engine.kernel
  const from = engine.kernel.output
  for (let i = 0; i < OVERWRITTEN_BYTES; i++)
    bytes[from + random.nextInt(bytes.length - from)] = random.nextInt(256)
}
