import { G1_DISCOUNTS, msmGas } from './blsMsmGas.ts'
import { bls12381 } from './curves.ts'
import type { Precompile } from './Precompile.ts'

const GAS_MULTIPLICATION = 12000n
const ITEM_BYTES = 160

/** BLS12_G1MSM (0x0c): the sum of points of G1 times numbers. Input: items of point 128 · scalar 32, at least one. Source: EIP-2537. */
export const blsG1Msm: Precompile = {
  name: 'BLS12_G1MSM',
  gas: (input) =>
    msmGas(
      { items: Math.floor(input.length / ITEM_BYTES), multiplication: GAS_MULTIPLICATION },
      G1_DISCOUNTS,
    ),
  run(input) {
    if (input.length === 0 || input.length % ITEM_BYTES !== 0) return undefined
    return bls12381().g1Msm(input)
  },
}
