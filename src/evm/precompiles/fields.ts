/** Base field of bn254 (EIP-196, p). */
export const BN254_FIELD_MODULUS = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n

/** Order of the groups of bn254 (EIP-197). */
export const BN254_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n

/** Base field of BLS12-381 (EIP-2537, p). */
export const BLS_FIELD_MODULUS =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

/** Order of the groups of BLS12-381 (EIP-2537, q; EIP-4844, BLS_MODULUS). */
export const BLS_SCALAR_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
