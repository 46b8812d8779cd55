import { bls12381 } from './curves.ts'
import type { Precompile } from './Precompile.ts'

const GAS_BLS12_G2ADD = 600n
const INPUT_BYTES = 512

/** BLS12_G2ADD (0x0d): the sum of two points of G2, which need not be in the subgroup. Input: two points of 256 bytes. Source: EIP-2537. */
export const blsG2Add: Precompile = {
  name: 'BLS12_G2ADD',
  gas: () => GAS_BLS12_G2ADD,
  run: (input) => (input.length === INPUT_BYTES ? bls12381().g2Add(input) : undefined),
}
