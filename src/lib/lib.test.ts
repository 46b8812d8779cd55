import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import {
  AssertionError,
  BoundedQueue,
  bytesToHex,
  compareBytes,
  concatBytes,
  copyInto,
  copyOf,
  equalBytes,
  fromBigInt,
  fromBigIntMinimal,
  HexError,
  hexToBytes,
  LruMap,
  ManualClock,
  Prng,
  padLeft,
  parseQuantity,
  quantity,
  systemClock,
  toBigInt,
  tryHexToBytes,
} from './index.ts'

describe('bytes', () => {
  it('reads and writes big-endian integers of every length', () => {
    const prng = new Prng(1)
    for (let length = 0; length <= 40; length++) {
      const bytes = prng.nextBytes(length)
      const value = BigInt(length === 0 ? 0 : `0x${Buffer.from(bytes).toString('hex')}`)
      assert.equal(toBigInt(bytes), value)
      assert.deepEqual(fromBigInt(value, length), bytes)
    }
  })

  it('writes zero as nothing where the shortest form is asked for', () => {
    assert.equal(fromBigIntMinimal(0n).length, 0)
    assert.deepEqual(fromBigIntMinimal(256n), Uint8Array.of(1, 0))
    assert.deepEqual(fromBigIntMinimal(255n), Uint8Array.of(255))
  })

  it('refuses a value that does not fit', () => {
    assert.throws(() => fromBigInt(256n, 1), AssertionError)
    assert.throws(() => fromBigInt(1n << 64n, 8), AssertionError)
    assert.throws(() => fromBigInt(-1n, 8), AssertionError)
  })

  it('copies between memories of threads and its own, however they are aligned', () => {
    const prng = new Prng(2)
    for (const length of [0, 1, 7, 64, 1000]) {
      const source = new Uint8Array(new SharedArrayBuffer(length + 3), 3)
      source.set(prng.nextBytes(length))
      const target = new Uint8Array(length + 2).fill(9)
      copyInto(target, 1, source)
      assert.deepEqual(target, concatBytes(Uint8Array.of(9), source, Uint8Array.of(9)))
      const copy = copyOf(source)
      source.fill(1)
      assert.deepEqual(copy, target.slice(1, -1))
      assert.ok(copy.buffer instanceof ArrayBuffer)
    }
    for (const offset of [-1, 2]) {
      assert.throws(() => copyInto(new Uint8Array(3), offset, new Uint8Array(2)), AssertionError)
    }
  })

  it('joins, pads, compares and orders', () => {
    const joined = concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3))
    assert.deepEqual(joined, Uint8Array.of(1, 2, 3))
    assert.deepEqual(padLeft(Uint8Array.of(7), 3), Uint8Array.of(0, 0, 7))
    assert.equal(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0)), false)
    assert.ok(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0)) < 0)
    assert.ok(compareBytes(Uint8Array.of(200), Uint8Array.of(100, 255)) > 0)
    assert.equal(compareBytes(Uint8Array.of(5, 6), Uint8Array.of(5, 6)), 0)
  })
})

describe('hex', () => {
  it('gives bytes back as they were, in lower case', () => {
    assert.equal(bytesToHex(hexToBytes('0x00ABcdEF')), '0x00abcdef')
    assert.equal(bytesToHex(hexToBytes('0x')), '0x')
  })

  it('refuses what is not 0x and whole bytes', () => {
    for (const text of ['', '0', '0x0', 'ab', '0X00', '0x0g', '0x ab', '0xéé', '0x0\u0130']) {
      assert.equal(tryHexToBytes(text), undefined, JSON.stringify(text))
    }
    assert.throws(() => hexToBytes('0x123'), HexError)
  })

  it('writes and reads quantities without leading zeros', () => {
    assert.equal(quantity(0n), '0x0')
    assert.equal(quantity(1024), '0x400')
    assert.equal(parseQuantity('0x400'), 1024n)
    for (const text of ['0x', '0x01', '1', '0x-1', `0x1${'0'.repeat(64)}`]) {
      assert.throws(() => parseQuantity(text), HexError, text)
    }
  })
})

describe('Prng', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    assert.deepEqual(new Prng(7).nextBytes(32), new Prng(7).nextBytes(32))
    assert.notDeepEqual(new Prng(7).nextBytes(32), new Prng(8).nextBytes(32))
  })

  it('stays within its bounds and reaches all of them', () => {
    const prng = new Prng(3)
    const seen = new Set<number>()
    for (let i = 0; i < 1000; i++) seen.add(prng.nextInt(10))
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    for (let i = 0; i < 100; i++) assert.ok(prng.nextBigInt(70) < 1n << 70n)
  })

  it('follows xoshiro128** as written out in BigInt', () => {
    const prng = new Prng(42)
    const expected = referenceXoshiro(42, 5)
    assert.deepEqual(
      expected.map(() => prng.nextUint32()),
      expected,
    )
  })
})

/** The same algorithm, slowly and in BigInt. */
function referenceXoshiro(seed: number, count: number): number[] {
  const mask = 0xffffffffn
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask
  let mix = BigInt(seed)
  const s = [0, 1, 2, 3].map(() => {
    mix = (mix + 0x9e3779b9n) & mask
    let z = mix
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask
    return z ^ (z >> 16n)
  }) as [bigint, bigint, bigint, bigint]
  return Array.from({ length: count }, () => {
    const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask
    const t = (s[1] << 9n) & mask
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotate(s[3], 11n)
    return Number(result)
  })
}

describe('BoundedQueue', () => {
  it('gives items back in order across growth and wrapping', () => {
    const queue = new BoundedQueue<number>(100)
    let next = 0
    let expected = 0
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 7; i++) if (queue.push(next)) next++
      for (let i = 0; i < 5; i++) if (queue.length > 0) assert.equal(queue.shift(), expected++)
    }
    assert.equal(queue.peek(), expected)
    assert.equal(queue.length, next - expected)
  })

  it('refuses an item when it is full and keeps what it has', () => {
    const queue = new BoundedQueue<string>(2)
    assert.deepEqual([queue.push('a'), queue.push('b'), queue.push('c')], [true, true, false])
    assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ['a', 'b', undefined])
  })
})

describe('LruMap', () => {
  it('forgets the entry used longest ago', () => {
    const map = new LruMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    assert.equal(map.get('a'), 1)
    assert.deepEqual(map.set('c', 3), ['b', 2])
    assert.deepEqual([map.has('a'), map.has('b'), map.has('c'), map.size], [true, false, true, 2])
  })

  it('replaces a value without forgetting another', () => {
    const map = new LruMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    assert.equal(map.set('a', 3), undefined)
    assert.equal(map.get('b'), 2)
  })

  it('gives up and lists its entries, the one used longest ago first', () => {
    const map = new LruMap<string, number>(3)
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const)
      map.set(key, value)
    map.get('a')
    assert.deepEqual([...map.values()], [2, 3, 1])
    assert.deepEqual(map.takeOldest(), ['b', 2])
    map.clear()
    assert.equal(map.takeOldest(), undefined)
  })
})

describe('Clock', () => {
  it('moves by hand only as far as it is told', () => {
    const clock = new ManualClock(1000)
    clock.advanceMs(1.5)
    assert.equal(clock.nowUs(), 1_001_500n)
    assert.equal(clock.nowMs(), 1001)
    assert.throws(() => clock.advanceUs(-1n), AssertionError)
  })

  it('of the system never runs backwards', () => {
    const clock = systemClock()
    let last = clock.nowUs()
    for (let i = 0; i < 1000; i++) {
      const now = clock.nowUs()
      assert.ok(now >= last)
      last = now
    }
  })
})
