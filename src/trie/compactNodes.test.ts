import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { TrieKernel } from '../kernels/index.ts'
import { bytesToHex, fromBigInt, hexToBytes, Prng } from '../lib/index.ts'
import { Trie } from './index.ts'

/** A kernel for a trie of values beside the readable trie, with keys that tests choose: they need not be hashes. */
class Pair {
  readonly compact: TrieKernel
  readable = Trie.empty

  constructor(keptStates = 1) {
    this.compact = new TrieKernel({ memoryMiB: 32, keptStates, keysAreHashes: true })
  }

  put(entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): void {
    this.compact.applyValues(entries)
    for (const [key, value] of entries) this.readable = this.readable.put(key, value)
  }

  check(): void {
    assert.equal(bytesToHex(this.compact.rootHash()), bytesToHex(this.readable.root()))
  }

  checkProof(key: Uint8Array): void {
    assert.deepEqual(this.compact.prove(this.compact.workingRoot(), 0, key), this.readable.prove(key))
  }
}

/** A key of the given nibbles, then zeros. */
function keyOf(nibbles: string): Uint8Array {
  return hexToBytes(`0x${nibbles.padEnd(64, '0')}`)
}

/** 32 bytes that differ from zero in few nibbles, of which some are far down: long paths and short leaves. */
function steepKey(random: Prng): Uint8Array {
  const nibbles = new Array<string>(64).fill('0')
  for (let left = random.nextInt(3); left >= 0; left--) {
    const place = random.nextInt(2) === 0 ? random.nextInt(64) : 60 + random.nextInt(4)
    nibbles[place] = random.nextInt(3).toString(16)
  }
  return keyOf(nibbles.join(''))
}

describe('compact nodes with chosen keys', () => {
  it('puts leaves shorter than 32 bytes into their branch, and branches into their extension', () => {
    const pair = new Pair()
    const prefix = 'ab'.repeat(31)
    pair.put([
      [keyOf(`${prefix}00`), Uint8Array.of(1)],
      [keyOf(`${prefix}01`), Uint8Array.of(2)],
      [keyOf('cd'), Uint8Array.of(3)],
    ])
    pair.check()
    pair.checkProof(keyOf(`${prefix}01`))
    pair.checkProof(keyOf(`${prefix}02`))
    pair.checkProof(keyOf('ce'))
  })

  it('hashes a root that is shorter than 32 bytes only when it is not alone', () => {
    const pair = new Pair()
    pair.put([[keyOf('12'), Uint8Array.of(1)]])
    pair.check()
    pair.put([[keyOf('12'), new Uint8Array(0)]])
    pair.check()
  })

  it('turns a hash into an embedded node and back, as values get shorter and longer', () => {
    const pair = new Pair()
    const keys = ['00', '01', '10'].map((end) => keyOf(`${'0'.repeat(62)}${end}`))
    for (const length of [1, 31, 2, 60, 1, 255, 24, 25, 40, 41]) {
      pair.put(
        keys.map((key, i) => [key, new Uint8Array(length + (length < 255 ? i : 0)).fill(length)] as const),
      )
      pair.check()
      for (const key of keys) pair.checkProof(key)
    }
  })

  it('has the roots and proofs of the readable trie whatever is put and removed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Prng(seed)
        const pair = new Pair()
        for (let step = 0; step < 20; step++) {
          const count = random.nextInt(30)
          pair.put(
            Array.from({ length: count }, () => {
              const length = random.nextInt(2) === 0 ? 0 : random.nextInt(40)
              return [steepKey(random), new Uint8Array(length).fill(1 + random.nextInt(200))] as const
            }),
          )
          if (random.nextInt(3) === 0) pair.compact.keep()
          if (random.nextInt(2) === 0) pair.check()
          else {
            pair.compact.rootHash()
            pair.checkProof(steepKey(random))
          }
        }
        pair.check()
      }),
      { numRuns: 60 },
    )
  })

  it('gives all memory back when everything is removed', () => {
    const pair = new Pair(2)
    const random = new Prng(7)
    const keys = Array.from({ length: 3_000 }, () => fromBigInt(BigInt(random.nextUint32()) << 224n, 32))
    for (let round = 0; round < 3; round++) {
      pair.put(keys.map((key) => [key, Uint8Array.of(1 + round)] as const))
      pair.compact.keep()
    }
    pair.put(keys.map((key) => [key, new Uint8Array(0)] as const))
    pair.check()
    for (let [oldest, end] = pair.compact.keptRange(); oldest < end; oldest++) pair.compact.dropOldestKept()
    pair.compact.freeGarbage()
    assert.deepEqual(pair.compact.memory(), { used: 0, kept: 0 })
  })
})
