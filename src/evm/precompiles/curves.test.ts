import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { p256 as p256Curve } from '@noble/curves/nist.js'
import { concatBytes, fromBigInt, Prng, toBigInt } from '../../lib/index.ts'
import { NOBLE_CURVES } from './curves.ts'
import {
  BLS_FIELD_MODULUS,
  BLS_SCALAR_MODULUS,
  BN254_FIELD_MODULUS,
  BN254_ORDER,
  P256_ORDER,
} from './fields.ts'
import { loadMclBls12381 } from './mclBls12381.ts'
import { loadMclBn254 } from './mclBn254.ts'
import { loadMclP256 } from './mclP256.ts'

/** A failure prints the seed of its round. */
const SEED = 20_261_122
const word = (value: bigint) => fromBigInt(value, 32)

describe('bn254: mcl and noble give the same', async () => {
  const [mcl, noble] = [await loadMclBn254(), NOBLE_CURVES.bn254]
  const generator = concatBytes(word(1n), word(2n))
  const times = (scalar: bigint) => noble.multiply(concatBytes(generator, word(scalar)))!
  const negated = (point: Uint8Array) => {
    const y = toBigInt(point.subarray(32))
    return concatBytes(point.subarray(0, 32), word(y === 0n ? 0n : BN254_FIELD_MODULUS - y))
  }

  it('for sums and multiples, also of equal, opposite and infinite points', () => {
    const prng = new Prng(SEED)
    const scalars = [0n, 1n, BN254_ORDER - 1n, BN254_ORDER, BN254_ORDER + 1n, (1n << 256n) - 1n]
    for (let i = 0; i < 12; i++) {
      const a = times(prng.nextBigInt(256))
      const scalar = i < scalars.length ? scalars[i]! : prng.nextBigInt(256)
      for (const b of [times(prng.nextBigInt(256)), a, negated(a), new Uint8Array(64)]) {
        assert.deepEqual(mcl.add(concatBytes(a, b)), noble.add(concatBytes(a, b)), `seed ${SEED}, round ${i}`)
      }
      const input = concatBytes(a, word(scalar))
      assert.deepEqual(mcl.multiply(input), noble.multiply(input), `seed ${SEED}, round ${i}`)
    }
  })

  it('for coordinates outside the field and points off the curve', () => {
    for (const [x, y] of [
      [BN254_FIELD_MODULUS, 0n],
      [0n, BN254_FIELD_MODULUS],
      [1n + BN254_FIELD_MODULUS, 2n],
      [1n, 3n],
      [(1n << 256n) - 1n, (1n << 256n) - 1n],
    ] as const) {
      const input = concatBytes(word(x), word(y), generator)
      assert.equal(mcl.add(input), undefined)
      assert.equal(noble.add(input), undefined)
    }
  })

  it('for pairings over more pairs than one batch, and for points of G2 outside the subgroup', () => {
    const g2 = concatBytes(...G2_GENERATOR.map(word))
    const point = times(77n)
    const cancel = [concatBytes(point, g2), concatBytes(negated(point), g2)]
    const many = concatBytes(...Array.from({ length: 20 }, () => concatBytes(...cancel)))
    assert.equal(mcl.pairingCheck(many), true)
    assert.equal(mcl.pairingCheck(many.subarray(192)), false)
    assert.equal(mcl.pairingCheck(new Uint8Array(0)), true)
    assert.equal(mcl.pairingCheck(new Uint8Array(192 * 3)), true)
    for (const input of [concatBytes(...cancel), cancel[0]!, concatBytes(new Uint8Array(64), g2)]) {
      assert.equal(mcl.pairingCheck(input), noble.pairingCheck(input))
    }
    const outside = concatBytes(generator, ...OUTSIDE_SUBGROUP.map(word))
    assert.equal(noble.pairingCheck(outside), undefined)
    assert.equal(mcl.pairingCheck(outside), undefined)
  })
})

describe('BLS12-381: mcl and noble give the same', async () => {
  const [mcl, noble] = [await loadMclBls12381(), NOBLE_CURVES.bls12381]
  const field = (value: bigint) => fromBigInt(value, 64)
  const g1 = (seed: bigint) => noble.mapFpToG1(field(seed))!
  const g2 = (seed: bigint) => noble.mapFp2ToG2(concatBytes(field(seed), field(seed + 1n)))!
  const negated = (point: Uint8Array) => {
    const half = point.length / 2
    const parts = []
    for (let at = half; at < point.length; at += 64) {
      const value = toBigInt(point.subarray(at, at + 64))
      parts.push(field(value === 0n ? 0n : BLS_FIELD_MODULUS - value))
    }
    return concatBytes(point.subarray(0, half), ...parts)
  }

  it('for mapped points, sums and sums of multiples with equal, opposite and infinite points', () => {
    const prng = new Prng(SEED)
    const edges = [0n, 1n, 2n, BLS_SCALAR_MODULUS - 1n, BLS_SCALAR_MODULUS, (1n << 256n) - 1n]
    for (let i = 0; i < 4; i++) {
      const seed = prng.nextBigInt(380)
      for (const [make, size, add, msm] of [
        [g1, 128, 'g1Add', 'g1Msm'],
        [g2, 256, 'g2Add', 'g2Msm'],
      ] as const) {
        const [a, b] = [make(seed), make(seed + 5n)]
        const points = [a, b, a, negated(a), new Uint8Array(size)]
        for (const other of points) {
          assert.deepEqual(
            mcl[add](concatBytes(a, other)),
            noble[add](concatBytes(a, other)),
            `seed ${SEED}, round ${i}`,
          )
        }
        const items = points.map((point, j) =>
          concatBytes(point, word(j === i ? edges[i]! : prng.pick(edges))),
        )
        for (const input of [
          concatBytes(...items),
          items[0]!,
          concatBytes(items[0]!, items[0]!),
          items[4]!,
        ]) {
          assert.deepEqual(mcl[msm](input), noble[msm](input), `seed ${SEED}, round ${i}`)
        }
      }
      const u = concatBytes(field(seed), field(seed + 1n))
      assert.deepEqual(mcl.mapFpToG1(field(seed)), noble.mapFpToG1(field(seed)))
      assert.deepEqual(mcl.mapFp2ToG2(u), noble.mapFp2ToG2(u))
    }
    assert.deepEqual(mcl.mapFpToG1(field(0n)), noble.mapFpToG1(field(0n)))
  })

  it('for more items than one batch', () => {
    const item = (i: number) => concatBytes(g1(3n), word(BigInt(i)))
    const input = concatBytes(...Array.from({ length: 130 }, (_, i) => item(i)))
    assert.deepEqual(mcl.g1Msm(input), noble.g1Msm(item((129 * 130) / 2)))
  })

  it('for points outside the subgroup: added, but neither multiplied nor paired', () => {
    const outside = outsideG1()
    const infinity = new Uint8Array(256)
    assert.deepEqual(mcl.g1Add(concatBytes(outside, outside)), noble.g1Add(concatBytes(outside, outside)))
    for (const implementation of [mcl, noble]) {
      assert.notEqual(implementation.g1Add(concatBytes(outside, outside)), undefined)
      assert.equal(implementation.g1Msm(concatBytes(outside, word(1n))), undefined)
      assert.equal(implementation.pairingCheck(concatBytes(outside, infinity)), undefined)
    }
  })

  it('for coordinates outside the field', () => {
    for (const value of [BLS_FIELD_MODULUS, 1n << 384n, (1n << 512n) - 1n]) {
      assert.equal(mcl.mapFpToG1(field(value)), undefined)
      assert.equal(noble.mapFpToG1(field(value)), undefined)
    }
    assert.notEqual(mcl.mapFpToG1(field(BLS_FIELD_MODULUS - 1n)), undefined)
  })

  it('for pairings that are one and that are not', () => {
    const [a, b] = [g1(9n), g2(9n)]
    for (const input of [
      concatBytes(a, b, negated(a), b),
      concatBytes(a, b, a, negated(b)),
      concatBytes(a, b),
    ]) {
      assert.equal(mcl.pairingCheck(input), noble.pairingCheck(input))
    }
    assert.equal(mcl.pairingCheck(concatBytes(a, b, negated(a), b)), true)
  })

  /** The first x with a point on the curve is not in the subgroup: its cofactor is near 2^126. */
  function outsideG1(): Uint8Array {
    for (let x = 1n; ; x++) {
      const square = (x ** 3n + 4n) % BLS_FIELD_MODULUS
      const y = power(square, (BLS_FIELD_MODULUS + 1n) / 4n, BLS_FIELD_MODULUS)
      if ((y * y) % BLS_FIELD_MODULUS === square) return concatBytes(field(x), field(y))
    }
  }
})

describe('P256: mcl and noble give the same', async () => {
  const [mcl, noble] = [await loadMclP256(), NOBLE_CURVES.p256]

  it('for valid, altered and out-of-range signatures', () => {
    const prng = new Prng(SEED)
    for (let i = 0; i < 6; i++) {
      const key = prng.nextBytes(32)
      const hash = prng.nextBytes(32)
      const signature = p256Curve.sign(hash, key, { prehash: false, lowS: false })
      const valid = concatBytes(hash, signature, p256Curve.getPublicKey(key, false).subarray(1))
      assert.deepEqual([mcl.verify(valid), noble.verify(valid)], [true, true], `seed ${SEED}, round ${i}`)
      const s = toBigInt(valid.subarray(64, 96))
      for (const [at, bytes] of [
        [prng.nextInt(32), Uint8Array.of(prng.nextInt(256))],
        [64, word(P256_ORDER - s)],
        [32, word(0n)],
        [64, word(0n)],
        [32, word(P256_ORDER)],
        [64, word(s + 1n)],
        [96, new Uint8Array(64)],
        [96, new Uint8Array(32).fill(0xff)],
      ] as const) {
        const changed = valid.slice()
        changed.set(bytes, at)
        assert.equal(mcl.verify(changed), noble.verify(changed), `seed ${SEED}, round ${i}, byte ${at}`)
      }
    }
  })
})

/** Generator of G2 of bn254 (EIP-197), imaginary parts first. */
const G2_GENERATOR = [
  11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  10857046999023057135944570762232829481370756359578518086990519993285655852781n,
  4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  8495653923123431417604973247489272438418190587263600148770280649306958101930n,
]

/** A point on the twist of bn254 outside G2, imaginary parts first: see below how it is found. */
const OUTSIDE_SUBGROUP = outsideBn254()

/** Looks for x = 1, 2, … (real) with a square root of x³ + 3 / (9 + i) in the extension; almost none is in G2. */
function outsideBn254(): bigint[] {
  const p = BN254_FIELD_MODULUS
  const mod = (value: bigint) => ((value % p) + p) % p
  const inverse82 = power(82n, p - 2n, p)
  // 3 / (9 + i) = (27 - 3i) / 82
  const b = { re: mod(27n * inverse82), im: mod(-3n * inverse82) }
  for (let x = 1n; ; x++) {
    const re = mod(x ** 3n + b.re)
    const norm = power(mod(re * re + b.im * b.im), (p + 1n) / 4n, p)
    for (const sign of [1n, -1n]) {
      const half = mod((re + sign * norm) * ((p + 1n) / 2n))
      const yRe = power(half, (p + 1n) / 4n, p)
      if (yRe === 0n) continue
      const yIm = mod(b.im * power(2n * yRe, p - 2n, p))
      if (mod(yRe * yRe - yIm * yIm) === re && mod(2n * yRe * yIm) === b.im) return [0n, x, yIm, yRe]
    }
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}
