/**
 * Curve arithmetic of the precompiles, on their own encodings. Undefined: the input is not valid (not in the field, not
 * on the curve, not in the subgroup where that is asked for).
 */
export type Bn254 = {
  /** Points of 64 bytes, each x ‖ y; zeros are infinity. */
  add(input: Uint8Array): Uint8Array | undefined
  multiply(input: Uint8Array): Uint8Array | undefined
  /** Whole pairs of 192 bytes, possibly none. */
  pairingCheck(input: Uint8Array): boolean | undefined
}

/** As {@link Bn254}, with the encodings of EIP-2537 and whole items as input. */
export type Bls12381 = {
  g1Add(input: Uint8Array): Uint8Array | undefined
  g2Add(input: Uint8Array): Uint8Array | undefined
  g1Msm(input: Uint8Array): Uint8Array | undefined
  g2Msm(input: Uint8Array): Uint8Array | undefined
  pairingCheck(input: Uint8Array): boolean | undefined
  mapFpToG1(input: Uint8Array): Uint8Array | undefined
  mapFp2ToG2(input: Uint8Array): Uint8Array | undefined
  /** EIP-4844, verify_kzg_proof: scalars z and y 32 bytes big-endian, points of G1 compressed to 48 bytes. */
  verifyKzgProof(claim: KzgClaim): boolean | undefined
}

export type KzgClaim = { z: Uint8Array; y: Uint8Array; commitment: Uint8Array; proof: Uint8Array }

export type P256 = {
  /** Input of P256VERIFY, 160 bytes. */
  verify(input: Uint8Array): boolean
}
