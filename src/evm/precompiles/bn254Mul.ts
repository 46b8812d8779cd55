import { bn254 } from './curves.ts'
import { type Precompile, readPadded } from './Precompile.ts'

/** EIP-1108. */
const GAS_BN254_MUL = 6000n

/** BN254_MUL (0x07): a point of G1 times a number. Input: point 64 · scalar 32. Source: EIP-196. */
export const bn254Mul: Precompile = {
  name: 'BN254_MUL',
  gas: () => GAS_BN254_MUL,
  run: (input) => bn254().multiply(readPadded(input, 0, 96)),
}
