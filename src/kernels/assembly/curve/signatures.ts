// Signatures that are looked at together, as the host writes them, and what is told of each. Numbers are big-endian.

/** Most in one call. */
export const SIGNATURES: u32 = 128

const SIGNATURE_BYTES: usize = 112
export const SIGNATURE_TABLE: usize = 0 // u32: number of its key's table, where that is asked for
export const SIGNATURE_PARITY: usize = 4 // u32, of R's y
export const SIGNATURE_R: usize = 8 // in 1..n-1, as s
export const SIGNATURE_S: usize = 40
export const SIGNATURE_HASH: usize = 72
const signatures: usize = memory.data(112 * 128, 16)

/** Of each a byte: 1 where its key made it, or was recovered; 0 where nothing is known. */
export const verdicts: usize = memory.data(128)

/** Of each lane of each pair whether a formula failed for it. */
export const spoilt: usize = memory.data(128)

export function signaturesOffset(): usize {
  return signatures
}

export function signaturesLimit(): u32 {
  return SIGNATURES
}

export function verdictsOffset(): usize {
  return verdicts
}

// @ts-ignore: decorator
@inline
export function signatureAt(i: u32): usize {
  return signatures + <usize>i * SIGNATURE_BYTES
}
