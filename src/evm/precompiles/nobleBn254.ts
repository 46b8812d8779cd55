import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js'
import { bn254 } from '@noble/curves/bn254.js'
import { fromBigInt, toBigInt } from '../../lib/index.ts'
import type { Bn254 } from './curveArithmetic.ts'
import { BN254_FIELD_MODULUS, BN254_ORDER } from './fields.ts'

const { Fp, Fp2, Fp12 } = bn254.fields
const G1 = bn254.G1.Point
const G2 = bn254.G2.Point

type Fp2Element = typeof Fp2.ONE
type G1Point = WeierstrassPoint<bigint>
type G2Point = WeierstrassPoint<Fp2Element>

const PAIR_BYTES = 192

/** bn254 by @noble/curves. */
export const nobleBn254: Bn254 = {
  add(input) {
    const a = readG1(input, 0)
    const b = readG1(input, 64)
    return a === undefined || b === undefined ? undefined : writeG1(a.add(b))
  },
  multiply(input) {
    const point = readG1(input, 0)
    if (point === undefined) return undefined
    const scalar = toBigInt(input.subarray(64, 96)) % BN254_ORDER
    return writeG1(scalar === 0n ? G1.ZERO : point.multiplyUnsafe(scalar))
  },
  pairingCheck(input) {
    const pairs: { g1: G1Point; g2: G2Point }[] = []
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const g1 = readG1(input, offset)
      if (g1 === undefined) return undefined
      const g2 = readG2(input, offset + 64)
      if (g2 === undefined) return undefined
      // A pairing with infinity is one.
      if (!g1.is0() && !g2.is0()) pairs.push({ g1, g2 })
    }
    return pairs.length === 0 || Fp12.eql(bn254.pairingBatch(pairs), Fp12.ONE)
  },
}

/** EIP-196, 3. */
const B_G1 = G1.CURVE().b
/** EIP-197, 3 / (i + 9). */
const B_G2 = G2.CURVE().b

/** G1 has no cofactor: what is on the curve is in the group. */
function readG1(input: Uint8Array, offset: number): G1Point | undefined {
  const x = readField(input, offset)
  const y = readField(input, offset + 32)
  if (x === undefined || y === undefined) return undefined
  if (x === 0n && y === 0n) return G1.ZERO
  const rightSide = Fp.add(Fp.mul(Fp.sqr(x), x), B_G1)
  return Fp.eql(Fp.sqr(y), rightSide) ? G1.fromAffine({ x, y }) : undefined
}

function readG2(input: Uint8Array, offset: number): G2Point | undefined {
  const x = readFp2(input, offset)
  const y = readFp2(input, offset + 64)
  if (x === undefined || y === undefined) return undefined
  if (Fp2.is0(x) && Fp2.is0(y)) return G2.ZERO
  const rightSide = Fp2.add(Fp2.mul(Fp2.sqr(x), x), B_G2)
  if (!Fp2.eql(Fp2.sqr(y), rightSide)) return undefined
  const point = G2.fromAffine({ x, y })
  return point.isTorsionFree() ? point : undefined
}

/** The imaginary part comes first. */
function readFp2(input: Uint8Array, offset: number): Fp2Element | undefined {
  const c1 = readField(input, offset)
  const c0 = readField(input, offset + 32)
  return c0 === undefined || c1 === undefined ? undefined : { c0, c1 }
}

function readField(input: Uint8Array, offset: number): bigint | undefined {
  const value = toBigInt(input.subarray(offset, offset + 32))
  return value < BN254_FIELD_MODULUS ? value : undefined
}

function writeG1(point: G1Point): Uint8Array {
  const output = new Uint8Array(64)
  if (point.is0()) return output
  const { x, y } = point.toAffine()
  output.set(fromBigInt(x, 32), 0)
  output.set(fromBigInt(y, 32), 32)
  return output
}
