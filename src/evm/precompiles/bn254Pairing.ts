import { bn254 } from './curves.ts'
import { booleanWord, type Precompile } from './Precompile.ts'

/** EIP-1108. */
const GAS_BASE = 45000n
const GAS_PER_PAIR = 34000n
const PAIR_BYTES = 192

/**
 * BN254_PAIRING (0x08): whether the product of the pairings is one. Input: pairs of a point of G1 (64 bytes) and one of
 * G2 (128 bytes, imaginary parts first); none is true. Source: EIP-197.
 */
export const bn254Pairing: Precompile = {
  name: 'BN254_PAIRING',
  gas: (input) => GAS_BASE + GAS_PER_PAIR * BigInt(Math.floor(input.length / PAIR_BYTES)),
  run(input) {
    if (input.length % PAIR_BYTES !== 0) return undefined
    const isOne = bn254().pairingCheck(input)
    return isOne === undefined ? undefined : booleanWord(isOne)
  },
}
