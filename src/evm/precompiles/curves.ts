import type { Bls12381, Bn254, P256 } from './curveArithmetic.ts'
import { nobleBls12381 } from './nobleBls12381.ts'
import { nobleBn254 } from './nobleBn254.ts'
import { nobleP256 } from './nobleP256.ts'

/** Implementations of the curves: all give the same answers. */
export type Curves = { bn254: Bn254; bls12381: Bls12381; p256: P256 }

/** Pure JavaScript: there from the start, and the oracle of every other. */
export const NOBLE_CURVES: Curves = { bn254: nobleBn254, bls12381: nobleBls12381, p256: nobleP256 }

let current: Curves = NOBLE_CURVES
let used = false

/** Replaces implementations for this thread. */
export function replaceCurves(curves: Partial<Curves>): void {
  current = { ...current, ...curves }
}

/** Whether this thread has computed on any curve yet. */
export function curvesUsed(): boolean {
  return used
}

export function bn254(): Bn254 {
  used = true
  return current.bn254
}

export function bls12381(): Bls12381 {
  used = true
  return current.bls12381
}

export function p256(): P256 {
  used = true
  return current.p256
}
