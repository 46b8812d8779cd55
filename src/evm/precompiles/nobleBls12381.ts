import { pippenger } from '@noble/curves/abstract/curve.js'
import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { fromBigInt, hexToBytes, toBigInt } from '../../lib/index.ts'
import type { Bls12381, KzgClaim } from './curveArithmetic.ts'
import { BLS_FIELD_MODULUS, BLS_SCALAR_MODULUS } from './fields.ts'
import { KZG_SETUP_G2_TAU } from './kzgSetup.ts'

const { Fp, Fp2, Fp12 } = bls12_381.fields
const G1 = bls12_381.G1.Point
const G2 = bls12_381.G2.Point

type Fp2Element = typeof Fp2.ONE
type G1Point = WeierstrassPoint<bigint>
type G2Point = WeierstrassPoint<Fp2Element>
type Pair = { g1: G1Point; g2: G2Point }

const FIELD_BYTES = 64
const G1_BYTES = 128
const G2_BYTES = 256
const SCALAR_BYTES = 32
const PAIR_BYTES = G1_BYTES + G2_BYTES

/** BLS12-381 by @noble/curves. */
export const nobleBls12381: Bls12381 = {
  g1Add(input) {
    const a = readG1(input, 0)
    const b = readG1(input, G1_BYTES)
    return a === undefined || b === undefined ? undefined : writeG1(a.add(b))
  },
  g2Add(input) {
    const a = readG2(input, 0)
    const b = readG2(input, G2_BYTES)
    return a === undefined || b === undefined ? undefined : writeG2(a.add(b))
  },
  g1Msm(input) {
    const sum = multiScalar(G1, input, G1_BYTES, readG1)
    return sum === undefined ? undefined : writeG1(sum)
  },
  g2Msm(input) {
    const sum = multiScalar(G2, input, G2_BYTES, readG2)
    return sum === undefined ? undefined : writeG2(sum)
  },
  pairingCheck(input) {
    const pairs: Pair[] = []
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const g1 = inSubgroup(readG1(input, offset))
      const g2 = inSubgroup(readG2(input, offset + G1_BYTES))
      if (g1 === undefined || g2 === undefined) return undefined
      pairs.push({ g1, g2 })
    }
    return isProductOne(pairs)
  },
  mapFpToG1(input) {
    const u = readField(input, 0)
    return u === undefined ? undefined : writeG1(mapToG1(u))
  },
  mapFp2ToG2(input) {
    const u = readFp2(input, 0)
    return u === undefined ? undefined : writeG2(mapToG2([u.c0, u.c1]))
  },
  verifyKzgProof,
}

/** The declared types of the library's mapToCurve name neither the argument of G1 nor the point that it returns. */
const mapToG1 = bls12_381.G1.mapToCurve as unknown as (u: bigint) => G1Point
const mapToG2 = bls12_381.G2.mapToCurve as unknown as (u: [bigint, bigint]) => G2Point

let tau: G2Point | undefined

/**
 * e(C - y·G1, G2) = e(proof, (τ - z)·G2), put as e(C - y·G1 + z·proof, -G2) · e(proof, τ·G2) = 1 so that nothing of G2
 * is multiplied.
 */
function verifyKzgProof(claim: KzgClaim): boolean | undefined {
  const z = toBigInt(claim.z)
  const y = toBigInt(claim.y)
  if (z >= BLS_SCALAR_MODULUS || y >= BLS_SCALAR_MODULUS) return undefined
  const commitment = decompressG1(claim.commitment)
  const proof = decompressG1(claim.proof)
  if (commitment === undefined || proof === undefined) return undefined
  tau ??= G2.fromBytes(hexToBytes(KZG_SETUP_G2_TAU))
  const left = commitment.subtract(times(G1.BASE, y, G1.ZERO)).add(times(proof, z, G1.ZERO))
  return isProductOne([
    { g1: left, g2: G2.BASE.negate() },
    { g1: proof, g2: tau },
  ])
}

function isProductOne(pairs: Pair[]): boolean {
  // A pairing with infinity is one.
  const finite = pairs.filter(({ g1, g2 }) => !g1.is0() && !g2.is0())
  return finite.length === 0 || Fp12.eql(bls12_381.pairingBatch(finite), Fp12.ONE)
}

function multiScalar<T>(
  group: WeierstrassPointCons<T>,
  input: Uint8Array,
  pointBytes: number,
  read: (input: Uint8Array, offset: number) => WeierstrassPoint<T> | undefined,
): WeierstrassPoint<T> | undefined {
  const points: WeierstrassPoint<T>[] = []
  const scalars: bigint[] = []
  for (let offset = 0; offset < input.length; offset += pointBytes + SCALAR_BYTES) {
    const point = inSubgroup(read(input, offset))
    if (point === undefined) return undefined
    const scalarStart = offset + pointBytes
    points.push(point)
    scalars.push(toBigInt(input.subarray(scalarStart, scalarStart + SCALAR_BYTES)) % BLS_SCALAR_MODULUS)
  }
  if (points.length === 1) return times(points[0]!, scalars[0]!, group.ZERO)
  return pippenger(group, points, scalars)
}

function times<T>(
  point: WeierstrassPoint<T>,
  scalar: bigint,
  zero: WeierstrassPoint<T>,
): WeierstrassPoint<T> {
  return scalar === 0n || point.is0() ? zero : point.multiplyUnsafe(scalar)
}

function inSubgroup<T>(point: WeierstrassPoint<T> | undefined): WeierstrassPoint<T> | undefined {
  if (point === undefined || point.is0()) return point
  return point.isTorsionFree() ? point : undefined
}

/** EIP-2537, 4 and 4·(1 + v). */
const B_G1 = G1.CURVE().b
const B_G2 = G2.CURVE().b

function readG1(input: Uint8Array, offset: number): G1Point | undefined {
  const x = readField(input, offset)
  const y = readField(input, offset + FIELD_BYTES)
  if (x === undefined || y === undefined) return undefined
  if (x === 0n && y === 0n) return G1.ZERO
  const rightSide = Fp.add(Fp.mul(Fp.sqr(x), x), B_G1)
  return Fp.eql(Fp.sqr(y), rightSide) ? G1.fromAffine({ x, y }) : undefined
}

function readG2(input: Uint8Array, offset: number): G2Point | undefined {
  const x = readFp2(input, offset)
  const y = readFp2(input, offset + 2 * FIELD_BYTES)
  if (x === undefined || y === undefined) return undefined
  if (Fp2.is0(x) && Fp2.is0(y)) return G2.ZERO
  const rightSide = Fp2.add(Fp2.mul(Fp2.sqr(x), x), B_G2)
  return Fp2.eql(Fp2.sqr(y), rightSide) ? G2.fromAffine({ x, y }) : undefined
}

function readFp2(input: Uint8Array, offset: number): Fp2Element | undefined {
  const c0 = readField(input, offset)
  const c1 = readField(input, offset + FIELD_BYTES)
  return c0 === undefined || c1 === undefined ? undefined : { c0, c1 }
}

function readField(input: Uint8Array, offset: number): bigint | undefined {
  const value = toBigInt(input.subarray(offset, offset + FIELD_BYTES))
  return value < BLS_FIELD_MODULUS ? value : undefined
}

/** A compressed point of the subgroup (48 bytes), infinity included. */
function decompressG1(bytes: Uint8Array): G1Point | undefined {
  if (isCompressedInfinity(bytes)) return G1.ZERO
  try {
    return G1.fromBytes(bytes)
  } catch {
    // The library throws for every encoding that isn't a point of the subgroup.
    return undefined
  }
}

function isCompressedInfinity(bytes: Uint8Array): boolean {
  return bytes[0] === 0xc0 && bytes.every((byte, i) => i === 0 || byte === 0)
}

function writeG1(point: G1Point): Uint8Array {
  const output = new Uint8Array(G1_BYTES)
  if (point.is0()) return output
  const { x, y } = point.toAffine()
  for (const [i, value] of [x, y].entries()) output.set(fromBigInt(value, FIELD_BYTES), i * FIELD_BYTES)
  return output
}

function writeG2(point: G2Point): Uint8Array {
  const output = new Uint8Array(G2_BYTES)
  if (point.is0()) return output
  const { x, y } = point.toAffine()
  const coordinates = [x.c0, x.c1, y.c0, y.c1]
  for (const [i, value] of coordinates.entries()) output.set(fromBigInt(value, FIELD_BYTES), i * FIELD_BYTES)
  return output
}
