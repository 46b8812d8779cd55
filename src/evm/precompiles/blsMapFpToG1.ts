import { bls12381 } from './curves.ts'
import type { Precompile } from './Precompile.ts'

const GAS_BLS12_MAP_FP_TO_G1 = 5500n
const INPUT_BYTES = 64

/** BLS12_MAP_FP_TO_G1 (0x10): a point of G1 made from a field element. Input: a field element of 64 bytes. Source: EIP-2537. */
export const blsMapFpToG1: Precompile = {
  name: 'BLS12_MAP_FP_TO_G1',
  gas: () => GAS_BLS12_MAP_FP_TO_G1,
  run: (input) => (input.length === INPUT_BYTES ? bls12381().mapFpToG1(input) : undefined),
}
