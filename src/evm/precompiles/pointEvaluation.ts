import { concatBytes, equalBytes, fromBigInt } from '../../lib/index.ts'
import { bls12381 } from './curves.ts'
import { BLS_SCALAR_MODULUS } from './fields.ts'
import type { Precompile } from './Precompile.ts'
import { sha256 } from './sha256.ts'

const GAS_POINT_EVALUATION = 50000n
const INPUT_BYTES = 192
const FIELD_ELEMENTS_PER_BLOB = 4096n
const VERSIONED_HASH_VERSION_KZG = 0x01

/** What every successful call returns. */
const OUTPUT = concatBytes(fromBigInt(FIELD_ELEMENTS_PER_BLOB, 32), fromBigInt(BLS_SCALAR_MODULUS, 32))

/**
 * POINT_EVALUATION (0x0a): proves that the polynomial of a blob has the value y at z.
 *
 * Input: versioned hash 32 · z 32 · y 32 · commitment 48 · proof 48. Source: EIP-4844.
 */
export const pointEvaluation: Precompile = {
  name: 'POINT_EVALUATION',
  gas: () => GAS_POINT_EVALUATION,
  run(input) {
    if (input.length !== INPUT_BYTES) return undefined
    const commitment = input.subarray(96, 144)
    if (!equalBytes(input.subarray(0, 32), versionedHash(commitment))) return undefined
    const isProven = bls12381().verifyKzgProof({
      z: input.subarray(32, 64),
      y: input.subarray(64, 96),
      commitment,
      proof: input.subarray(144, 192),
    })
    return isProven === true ? OUTPUT.slice() : undefined
  },
}

/** EIP-4844, kzg_to_versioned_hash. */
function versionedHash(commitment: Uint8Array): Uint8Array {
  const digest = Uint8Array.from(sha256.run(commitment, 'Cancun')!)
  digest[0] = VERSIONED_HASH_VERSION_KZG
  return digest
}
