/** Base field of bn254 (EIP-196, p). */
export const BN254_FIELD_MODULUS = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n

/** Order of the groups of bn254 (EIP-197). */
export const BN254_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n

/** Base field of BLS12-381 (EIP-2537, p). */
export const BLS_FIELD_MODULUS =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

/** Order of the groups of BLS12-381 (EIP-2537, q; EIP-4844, BLS_MODULUS). */
export const BLS_SCALAR_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

/** Base field of secp256r1 (EIP-7951, p). */
export const P256_FIELD_MODULUS = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn

/** Order of secp256r1 (EIP-7951, n). */
export const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** Generator of secp256r1 (EIP-7951, G). */
export const P256_GENERATOR: { x: bigint; y: bigint } = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
}
