/** What a log says that its contract has done to its storage: one effect a slot, in the order of the first writes. */
export type Pattern = readonly Effect[]

export type Effect = {
  /** 0: the slot `base`; 1: of the mapping at `base`; 2: of the mapping in a mapping at `base`. */
  depth: number
  /** 32 bytes. */
  base: Uint8Array
  /** Sources of the mappings' keys, outermost first; as many as `depth`. */
  keys: readonly number[]
  operation: number
  /** Source of the operand. */
  operand: number
}

export const OPERATION_ADD = 0
export const OPERATION_SUBTRACT = 1
export const OPERATION_SET = 2
/** Subtracts unless all bits are set, as an unlimited allowance stays. */
export const OPERATION_SPEND = 3

/** Sources below: topic of that index. */
export const SOURCE_SENDER = 4
export const SOURCE_RECIPIENT = 5
/** The number one. */
export const SOURCE_ONE = 6
/** From here on: word of the log's data. */
export const SOURCE_DATA = 8
/** Words of data that a source can name. */
export const MAX_SOURCE_WORDS = 24

/**
 * Names a pattern: logs of a contract with a first topic, apart by whether the transaction called the contract itself.
 *
 * @param contract - number of an address; `topic` number of a word.
 */
export function patternKey(contract: number, topic: number, isDirect: boolean): number {
  return contract * 0x20000 + topic * 2 + (isDirect ? 1 : 0)
}
