/** The same batches and calls on an engine with a state of its own, and on a lazy one: byte for byte the same must come of them. */
import assert from 'node:assert/strict'
import { type CallRequest, Engine, type EngineOptions } from '../../../src/execution/index.ts'
import { baseOf } from '../../../src/execution/testing/index.ts'
import { hexToBytes, Prng } from '../../../src/lib/index.ts'
import { decodeTransaction } from '../../../src/protocol/index.ts'
import { runBatch } from '../parallel/runBatch.ts'
import { World } from '../parallel/World.ts'

const MEMORY = { memoryMiB: 256, evmMemoryMiB: 96 }
const BATCH_TRANSACTIONS = 40
const BATCHES = 4
const CALL_GAS = 1_000_000n

export class LazyDuel {
  readonly #full: Engine
  readonly #lazy: Engine
  /** What the lazy engine stands on: the state some batches ago. */
  readonly #ground: Engine = new Engine(MEMORY)

  constructor(options: Pick<EngineOptions, 'evm' | 'observedKernel'>) {
    this.#full = new Engine({ ...MEMORY, evm: 'interpreter' })
    this.#lazy = new Engine({ ...MEMORY, ...options, base: baseOf(this.#ground) })
  }

  /** Runs some batches, with a call of each transaction before. @throws AssertionError where they differ. */
  run(seed: number): void {
    const world = new World(seed)
    const random = new Prng(seed + 1)
    for (const engine of [this.#full, this.#ground]) world.load(engine)
    this.#lazy.rebase(baseOf(this.#ground))
    world.openBlock(this.#lazy, 0)
    let diffs: string[] = []
    for (let index = 0; index < BATCHES; index++) {
      const batch = world.batch(1 + random.nextInt(BATCH_TRANSACTIONS))
      const isOneByOne = random.nextInt(2) === 0
      for (const { raw, sender } of batch) this.#compareCalls(raw, sender)
      const expected = runBatch(this.#full, batch, isOneByOne)
      assert.deepEqual(runBatch(this.#lazy, batch, isOneByOne), expected, `seed ${seed}, batch ${index}`)
      diffs.push(expected.diff)
      if (random.nextInt(2) === 0) {
        for (const diff of diffs) this.#ground.applyDiff(hexToBytes(diff))
        diffs = []
        this.#lazy.rebase(baseOf(this.#ground))
      }
      for (const engine of [this.#full, this.#lazy]) world.openBlock(engine, index + 1)
    }
  }

  #compareCalls(raw: Uint8Array, from: Uint8Array): void {
    const decoded = decodeTransaction(raw)
    assert.ok(decoded.ok)
    const { to, data, value } = decoded.transaction
    const overrides = to === undefined ? [] : [{ address: to, balance: 5n, state: [] }]
    for (const stateOverrides of [[], overrides]) {
      const request: CallRequest = {
        ...{ from, to, data, value, gas: CALL_GAS, gasPrice: 0n, accessList: [], authorizations: [] },
        stateOverrides,
      }
      assert.deepEqual(this.#lazy.call(request), this.#full.call(request))
    }
  }
}
