/** Forms of a diff: as it is; as what differs from the prediction. */
export const DIFF_AS_IT_IS = 0
export const DIFF_CORRECTED = 1

export const ACCOUNT_FLAGS_AT = 20
export const ACCOUNT_NONCE_AT = 21
export const ACCOUNT_BALANCE_AT = 29
export const ACCOUNT_CODE_AT = 61

/** Bits of what is told of an account; what isn't told is as expected. */
export const TELLS_DELETION = 1
export const TELLS_NONCE = 2
export const TELLS_BALANCE = 4
/** Where its code's hash comes from: bits 3 and 4. */
export const CODE_EXPECTED = 0
export const CODE_EMPTY = 8
export const CODE_OF_DIFF = 16
export const CODE_TOLD = 24

export const MAX_TOLD_NONCE: number = 2 ** 50

/** What is expected of an account before it is told. */
export type ExpectedAccount = { nonce: number; balance: Uint8Array; balanceAt: number; codeHash: Uint8Array }
