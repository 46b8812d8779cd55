import { ANY, constantRange, limbsOf, type Range } from './ranges.ts'
import type { Local } from './wasm/index.ts'

/** 64 bits of a word: a constant, or a local that holds them and is not changed while the value is in use. */
export type Limb = bigint | Local

/**
 * A word of the EVM's stack while code is generated: where its limbs are, least significant first. DUP, SWAP and POP
 * move these, and emit nothing. Limbs beyond the range are the constant zero.
 */
export type Value = {
  readonly range: Range
  readonly limbs: readonly [Limb, Limb, Limb, Limb]
  /** An i32 that is 0 or 1, in place of limb 0 (which is then zero and means nothing). */
  readonly flag: Local | undefined
}

export function constantValue(value: bigint): Value {
  const range = constantRange(value)
  const bits = range.value!
  return {
    range,
    limbs: [0n, 64n, 128n, 192n].map((shift) =>
      BigInt.asUintN(64, bits >> shift),
    ) as unknown as Value['limbs'],
    flag: undefined,
  }
}

/** A value in limbs; those that are left out, or beyond the range, are zero. A known value needs no limbs. */
export function limbValue(range: Range, limbs: readonly Limb[]): Value {
  if (range.value !== undefined) return constantValue(range.value)
  const count = limbsOf(range)
  const kept = [0, 1, 2, 3].map((i) => (i < count ? (limbs[i] ?? 0n) : 0n)) as unknown as Value['limbs']
  return { range, limbs: kept, flag: undefined }
}

export function flagValue(flag: Local): Value {
  return { range: { level: 1, value: undefined }, limbs: [0n, 0n, 0n, 0n], flag }
}

export function anyValue(limbs: readonly Limb[]): Value {
  return limbValue(ANY, limbs)
}

/** How many of its limbs may be something else than zero. */
export function limbCount({ limbs, flag }: Value): number {
  if (flag !== undefined) return 1
  for (let i = 3; i >= 0; i--) if (limbs[i] !== 0n) return i + 1
  return 0
}
