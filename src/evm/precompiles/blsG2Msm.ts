import { G2_DISCOUNTS, msmGas } from './blsMsmGas.ts'
import { bls12381 } from './curves.ts'
import type { Precompile } from './Precompile.ts'

const GAS_MULTIPLICATION = 22500n
const ITEM_BYTES = 288

/** BLS12_G2MSM (0x0e): the sum of points of G2 times numbers. Input: items of point 256 · scalar 32, at least one. Source: EIP-2537. */
export const blsG2Msm: Precompile = {
  name: 'BLS12_G2MSM',
  gas: (input) =>
    msmGas(
      { items: Math.floor(input.length / ITEM_BYTES), multiplication: GAS_MULTIPLICATION },
      G2_DISCOUNTS,
    ),
  run(input) {
    if (input.length === 0 || input.length % ITEM_BYTES !== 0) return undefined
    return bls12381().g2Msm(input)
  },
}
