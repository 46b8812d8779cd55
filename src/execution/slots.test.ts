import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import { Engine } from './Engine.ts'
import { asm, RETURN_TOP, TestChain } from './testing/index.ts'

type Step = { does: 'sload' | 'sstore' | 'tload' | 'tstore'; key: number; value: number }
/** Steps in a frame of their own, on the storage of the contract that starts it. */
type Group = { steps: Step[]; reverts: boolean }

/** The lowest bits of the keys are the same: the table remembers records that were found lately by these. */
const KEYS = [3n, 3n + 64n, 3n + (1n << 64n), 3n + (1n << 192n), 3n + (1n << 255n), 4n]

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('sload', 'sstore', 'tload', 'tstore'),
  key: fc.nat({ max: KEYS.length - 1 }),
  value: fc.nat({ max: 3 }),
})
const group: fc.Arbitrary<Group> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 14 }),
  reverts: fc.boolean(),
})

/** Does the steps; gives back all that it has read. */
function codeOf({ steps, reverts }: Group): Uint8Array {
  let reads = 0
  const parts = steps.map(({ does, key, value }) => {
    const push = asm`PUSH ${KEYS[key]!}`
    if (does === 'sstore') return asm`PUSH ${value} ${push} SSTORE`
    if (does === 'tstore') return asm`PUSH ${value} ${push} TSTORE`
    const load = does === 'sload' ? asm`${push} SLOAD` : asm`${push} TLOAD`
    return asm`${load} PUSH ${32 * reads++} MSTORE`
  })
  return asm`${concatBytes(...parts)} PUSH ${32 * reads} PUSH0 ${reverts ? asm`REVERT` : asm`RETURN`}`
}

/** Runs the groups one after the other, and gives back all that they gave. */
function callerOf(groups: readonly Uint8Array[]): Uint8Array {
  const calls = groups.map(
    (to) => asm`
      PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${to} GAS DELEGATECALL POP
      RETURNDATASIZE PUSH0 MSIZE RETURNDATACOPY`,
  )
  return asm`${concatBytes(...calls)} MSIZE PUSH0 RETURN`
}

/** What the steps read, by two maps that are copied for what reverts. */
class Model {
  #storage = new Map<number, number>()
  #transient = new Map<number, number>()

  run(groups: readonly Group[]): string {
    this.#transient = new Map()
    const reads = groups.flatMap((group) => this.#group(group))
    return bytesToHex(concatBytes(...reads.map((value) => fromBigInt(BigInt(value), 32))))
  }

  #group({ steps, reverts }: Group): number[] {
    const before = [new Map(this.#storage), new Map(this.#transient)] as const
    const reads: number[] = []
    for (const { does, key, value } of steps) {
      const map = does.startsWith('s') ? this.#storage : this.#transient
      if (does.endsWith('store')) map.set(key, value)
      else reads.push(map.get(key) ?? 0)
    }
    if (reverts) [this.#storage, this.#transient] = before
    return reads
  }
}

describe('storage and transient storage', () => {
  for (const evm of ['interpreter', 'compiled'] as const) {
    const engine = new Engine({ memoryMiB: 256, evm })

    it(`hold what two maps hold, through reverts and transactions (${evm})`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(group, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
          (runs) => {
            const chain = new TestChain({}, engine)
            const model = new Model()
            // One contract, whose code changes from transaction to transaction.
            const at = chain.deploy(asm`STOP`)
            for (const groups of runs) {
              const code = callerOf(groups.map((each) => chain.deploy(codeOf(each))))
              engine.setAccount(at, { nonce: 1n, balance: 0n, code })
              const { status, output } = chain.run({ to: at })
              assert.deepEqual([status, bytesToHex(output)], [1, model.run(groups)])
            }
          },
        ),
        { numRuns: 80 },
      )
    })
  }

  for (const evm of ['interpreter', 'compiled'] as const) {
    it(`are those that a simulated call overrides, and as before behind it (${evm})`, () => {
      const chain = new TestChain({}, new Engine({ memoryMiB: 256, evm }))
      // Reads twice: the second time the slot is warm, and was found just before.
      const load = asm`PUSH ${KEYS[0]!} SLOAD`
      const address = chain.deploy(asm`${load} ${load} ADD ${RETURN_TOP}`, { storage: [[KEYS[0]!, 1n]] })
      const slot = (value: bigint) => [{ key: fromBigInt(KEYS[0]!, 32), value: fromBigInt(value, 32) }]
      const read = (override: object) => {
        const outcome = chain.call({ to: address, stateOverrides: [{ address, ...override }] })
        assert.equal(outcome.status, 'success')
        return toBigInt(outcome.output)
      }
      for (let round = 0; round < 3; round++) {
        assert.equal(read({ state: slot(10n) }), 20n)
        assert.equal(read({ state: [] }), 0n)
        assert.equal(read({}), 2n)
        assert.equal(read({ stateDiff: slot(30n) }), 60n)
        assert.equal(read({ state: slot(40n) }), 80n)
        assert.equal(toBigInt(chain.run({ to: address }).output), 2n)
      }
    })
  }
})
