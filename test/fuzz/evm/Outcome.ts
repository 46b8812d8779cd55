import { equalBytes } from '../../../src/lib/index.ts'

/** How a case is run: simulated as `eth_call` does, or as a transaction with all its traces. */
export type RunMode = 'call' | 'transaction' | 'blobTransaction'

export type Run = { mode: RunMode; gas: bigint }

/** What a run gave, in the order in which it is compared: the first field that differs names the difference. */
export type Outcome = {
  /** `success`, `revert`, or why not. A crash of the engine is an outcome too. */
  ending: string
  gasUsed: bigint
  gasRefunded: bigint
  output: Uint8Array
  /** Address of a created contract. */
  created: Uint8Array
  /** Receipt with logs and bloom filter; empty for calls. */
  receipt: Uint8Array
  /** Changes of the state; empty for calls. */
  diff: Uint8Array
  /** Where blocks were traced: the first to which the interpreter did not come; empty when it came to all. */
  strayBlock: string
}

/** An ending: BLOCKHASH of a parent that has no hash yet. */
export const NEEDS_PARENT_HASH = 'needs the parent hash'
/** How the ending of a run begins that halted. */
export const HALT = 'halt: '
export const OUT_OF_GAS = 'halt: out of gas'
/** How the ending of a run begins that threw. */
export const CRASH = 'crash: '

const FIELDS = [
  'ending',
  'gasUsed',
  'gasRefunded',
  'output',
  'created',
  'receipt',
  'diff',
  'strayBlock',
] as const

/** The first field in which two outcomes differ. */
export function differingField(left: Outcome, right: Outcome): keyof Outcome | undefined {
  return FIELDS.find((field) => !same(left[field], right[field]))
}

/** Whether the engine itself failed. */
export function isCrash({ ending }: Outcome): boolean {
  return ending.startsWith(CRASH)
}

function same(left: Outcome[keyof Outcome], right: Outcome[keyof Outcome]): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return equalBytes(left, right)
  return left === right
}

/** Lines that show an outcome. */
export function describeOutcome(outcome: Outcome): string {
  return FIELDS.map((field) => {
    const value = outcome[field]
    const text = value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : String(value)
    return `    ${field}: ${text}`
  }).join('\n')
}
