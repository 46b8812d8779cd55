// The engine's own limits. Reaching one is not a matter of the EVM: the host stops with the reason.

// @ts-ignore: decorator
@external("host", "fail")
declare function hostFail(reason: u32): void

export const ACCOUNTS_FULL: u32 = 1
export const SLOTS_FULL: u32 = 2
export const CODE_FULL: u32 = 3
export const JOURNAL_FULL: u32 = 4
export const DIFF_FULL: u32 = 5
export const OUTPUT_FULL: u32 = 6
export const LOGS_FULL: u32 = 7
// 8 is the input region: JavaScript itself notices.
export const EVM_MEMORY_FULL: u32 = 9
export const RETURN_DATA_FULL: u32 = 10

/** Tells the host which limit was reached; the host throws, so this does not return. */
export function fail(reason: u32): void {
  hostFail(reason)
  unreachable()
}
