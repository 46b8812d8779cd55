// The steps that a transaction's time goes to. Told to the host in kernels that are built with STEPS=1, for benchmarks
// (targets.ts); the names are in ../steps.ts, in this order.

export const STEP_BETWEEN: u32 = 0
export const STEP_DECODE: u32 = 1
export const STEP_READ_ACCOUNTS: u32 = 2
export const STEP_FORETELL: u32 = 3
export const STEP_CHECK: u32 = 4
export const STEP_RUN: u32 = 5
export const STEP_SETTLE: u32 = 6
export const STEP_RECEIPT: u32 = 7

// @ts-ignore: decorator
@external("host", "step")
declare function hostStep(step: u32): void

/** What was done since the last call was this step. */
@inline
export function endStep(step: u32): void {
  // @ts-ignore: the compiler is given STEPS (targets.ts)
  if (STEPS != 0) hostStep(step)
}
