import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openColdStores } from './coldStores.ts'
import { MAX_KERNEL_MEMORY_MIB } from './webAssembly.ts'

type Step = { do: 'put' | 'remove' | 'find'; hash: number; owner: number; key: number; value: bigint }

const u64 = (value: bigint) => BigInt.asUintN(64, value)

/** A chain of stores beside a map. */
class ColdPair {
  readonly #store: WebAssembly.Exports
  readonly #model = new Map<string, Step>()

  constructor(memoryMiB: number) {
    this.#store = openColdStores(memoryMiB)
    this.#store.reset()
  }

  take(step: Step): void {
    const { hash, owner, key, value } = step
    const name = `${hash} ${owner} ${key}`
    const known = this.#model.get(name)
    const isFound = this.#store.find(hash, owner, ...limbs(key)) !== 0
    assert.equal(isFound, known !== undefined, name)
    if (known !== undefined) {
      const found = [0, 1, 2, 3].map((limb) => u64(this.#store.foundValue(limb)))
      assert.deepEqual(found, [known.value, 0n, ~0n, 1n].map(u64))
    }
    if (isFound && step.do !== 'find') {
      this.#store.removeFound()
      this.#model.delete(name)
    }
    if (step.do !== 'put') return
    assert.equal(this.#store.put(hash, owner, ...limbs(key), value, 0n, ~0n, 1n), 1)
    this.#model.set(name, step)
  }

  /** Takes each owner's slots out as a scan comes to them. */
  drain(owners: number): void {
    for (let owner = 1; owner <= owners; owner++) {
      const own = [...this.#model.values()].filter((each) => each.owner === owner)
      const scanned: number[] = []
      this.#store.beginScan()
      while (this.#store.scanTo(owner) !== 0) {
        const key = Number(this.#store.scannedKey(3))
        assert.deepEqual(
          [0, 1, 2].map((limb) => this.#store.scannedKey(limb)),
          limbs(key).slice(0, 3),
        )
        scanned.push(key)
        for (const each of own) if (each.key === key) this.take({ ...each, do: 'remove' })
      }
      assert.deepEqual(
        scanned.sort((a, b) => a - b),
        own.map(({ key }) => key).sort((a, b) => a - b),
      )
    }
    assert.equal(this.#model.size, 0)
  }
}

function limbs(key: number): [bigint, bigint, bigint, bigint] {
  return [1n, 2n, 3n, BigInt(key)]
}

const OWNERS = 3
/** Few hashes, close together: what runs together is taken apart again. */
const step: fc.Arbitrary<Step> = fc
  .record({
    do: fc.constantFrom('put' as const, 'put' as const, 'remove' as const, 'find' as const),
    place: fc.integer({ min: 0, max: 40 }),
    isHigh: fc.boolean(),
    owner: fc.integer({ min: 1, max: OWNERS }),
    key: fc.integer({ min: 0, max: 1 }),
    value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  })
  .map(({ place, isHigh, key, ...rest }) => {
    // Homes are what the highest bits say; the part is what the lowest say.
    const hash = ((isHigh ? 0xffff_0000 : 0) + place * 0x0401) >>> 0
    return { ...rest, hash, key: 1000 * place + 2 * key + (isHigh ? 1 : 0) }
  })

describe('cold stores', () => {
  for (const [what, memoryMiB] of [
    ['one', 1],
    ['a chain of three', 2 * MAX_KERNEL_MEMORY_MIB + 3],
  ] as const) {
    it(`hold what a map holds (${what})`, () => {
      const pair = new ColdPair(memoryMiB)
      fc.assert(
        fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
          for (const each of steps) pair.take(each)
          pair.drain(OWNERS)
        }),
        { numRuns: 100 },
      )
    })
  }

  it('take as many slots as they say, and no more', () => {
    const store = openColdStores(1) as WebAssembly.Exports
    const limit: number = store.limit()
    assert.ok(limit > 12_000, `${limit}`)
    const put = (n: number) => store.put(Math.imul(n, 0x9e3779b1), 1, ...limbs(n), 5n, 0n, 0n, 0n)
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < limit; n++) assert.equal(put(n), 1)
      assert.equal(put(limit), 0)
      assert.equal(store.find(Math.imul(7, 0x9e3779b1), 1, ...limbs(7)), 1)
      store.reset()
      assert.equal(store.find(Math.imul(7, 0x9e3779b1), 1, ...limbs(7)), 0)
    }
  })

  it('know owners and keys apart that have the same hash', () => {
    const store = openColdStores(1) as WebAssembly.Exports
    const zeros = [0n, 0n, 0n, 0n]
    for (const [i, key] of [
      [1n, 0n, 0n, 0n],
      [0n, 1n, 0n, 0n],
      [0n, 0n, 1n, 0n],
      [0n, 0n, 0n, 1n],
    ].entries()) {
      assert.equal(store.put(9, 1, ...key, BigInt(i), 0n, 0n, 0n), 1)
    }
    assert.equal(store.put(9, 2, ...zeros, 8n, 0n, 0n, 0n), 1)
    assert.equal(store.find(9, 1, ...zeros), 0)
    assert.equal(store.find(9, 1, 0n, 0n, 1n, 0n), 1)
    assert.equal(store.foundValue(0), 2n)
    assert.equal(store.find(9, 2, ...zeros), 1)
    assert.equal(store.foundValue(0), 8n)
  })
})
