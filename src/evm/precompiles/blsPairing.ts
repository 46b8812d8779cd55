import { bls12381 } from './curves.ts'
import { booleanWord, type Precompile } from './Precompile.ts'

const GAS_BASE = 37700n
const GAS_PER_PAIR = 32600n
const PAIR_BYTES = 384

/**
 * BLS12_PAIRING_CHECK (0x0f): whether the product of the pairings is one. Input: pairs of a point of G1 (128 bytes) and
 * one of G2 (256 bytes), at least one pair. Source: EIP-2537.
 */
export const blsPairing: Precompile = {
  name: 'BLS12_PAIRING_CHECK',
  gas: (input) => GAS_BASE + GAS_PER_PAIR * BigInt(Math.floor(input.length / PAIR_BYTES)),
  run(input) {
    if (input.length === 0 || input.length % PAIR_BYTES !== 0) return undefined
    const isOne = bls12381().pairingCheck(input)
    return isOne === undefined ? undefined : booleanWord(isOne)
  },
}
