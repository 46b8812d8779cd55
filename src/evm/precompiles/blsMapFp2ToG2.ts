import { bls12381 } from './curves.ts'
import type { Precompile } from './Precompile.ts'

const GAS_BLS12_MAP_FP2_TO_G2 = 23800n
const INPUT_BYTES = 128

/** BLS12_MAP_FP2_TO_G2 (0x11): a point of G2 made from an element of the quadratic extension. Input: two field elements of 64 bytes. Source: EIP-2537. */
export const blsMapFp2ToG2: Precompile = {
  name: 'BLS12_MAP_FP2_TO_G2',
  gas: () => GAS_BLS12_MAP_FP2_TO_G2,
  run: (input) => (input.length === INPUT_BYTES ? bls12381().mapFp2ToG2(input) : undefined),
}
