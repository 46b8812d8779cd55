/** Names of the steps that a kernel built with STEPS=1 tells (assembly/steps.ts), by number. */
export const STEPS: readonly string[] = [
  'between',
  'decoding, transaction hash',
  'reading accounts ahead',
  'mapping hashes and slots ahead',
  'checks, buying gas',
  'EVM',
  'gas, refunds, commit',
  'receipt, bloom, chunk',
]

/** Called at the end of each step. */
export type StepFunction = (step: number) => void
