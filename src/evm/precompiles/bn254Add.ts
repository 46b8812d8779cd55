import { bn254 } from './curves.ts'
import { type Precompile, readPadded } from './Precompile.ts'

/** EIP-1108. */
const GAS_BN254_ADD = 150n

/** BN254_ADD (0x06): the sum of two points of G1. Input: two points of 64 bytes. Source: EIP-196. */
export const bn254Add: Precompile = {
  name: 'BN254_ADD',
  gas: () => GAS_BN254_ADD,
  run: (input) => bn254().add(readPadded(input, 0, 128)),
}
