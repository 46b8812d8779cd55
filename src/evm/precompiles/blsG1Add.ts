import { bls12381 } from './curves.ts'
import type { Precompile } from './Precompile.ts'

const GAS_BLS12_G1ADD = 375n
const INPUT_BYTES = 256

/** BLS12_G1ADD (0x0b): the sum of two points of G1, which need not be in the subgroup. Input: two points of 128 bytes. Source: EIP-2537. */
export const blsG1Add: Precompile = {
  name: 'BLS12_G1ADD',
  gas: () => GAS_BLS12_G1ADD,
  run: (input) => (input.length === INPUT_BYTES ? bls12381().g1Add(input) : undefined),
}
