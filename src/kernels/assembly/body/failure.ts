// Why a body is refused: the host throws, and the decoder is of no use then. In the order of BodyKernel.ts' reasons.

// @ts-ignore: decorator
@external("host", "fail")
declare function hostFail(reason: u32): void

export const COLUMN_ENDS: u32 = 0
export const NUMBER_TOO_LARGE: u32 = 1
export const NO_ADDRESS: u32 = 2
export const NO_WORD: u32 = 3
export const NO_KIND: u32 = 4
export const NO_DIFF_ITEM: u32 = 5
export const NO_LISTED_WORD: u32 = 6
export const NO_CODE: u32 = 7
export const TOO_MANY_KEPT: u32 = 8
export const TABLE_FULL: u32 = 9
export const RECORD_TOO_LARGE: u32 = 10
export const RECEIPT_TOO_LARGE: u32 = 11
export const PATTERN_TOO_LARGE: u32 = 12
export const PREDICTION_TOO_LARGE: u32 = 13
export const BAD_KIND: u32 = 14
export const BAD_INTEGER: u32 = 15
export const BAD_TRANSACTION: u32 = 16
export const BAD_WORD: u32 = 17
export const BAD_RECEIPT: u32 = 18
export const BAD_PATTERN: u32 = 19
export const BAD_DIFF: u32 = 20

export function fail(reason: u32): void {
  hostFail(reason)
  unreachable()
}
