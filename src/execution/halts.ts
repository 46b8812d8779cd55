/** Endings of assembly/frame.ts in geth's words, without the numbers and opcodes that it names. */
const HALTS: Readonly<Record<number, string>> = {
  16: 'out of gas',
  // There are clients that know it by the parenthesis behind, in which geth has the counts of words.
  17: 'stack underflow (too few words)',
  18: 'stack limit reached 1024',
  19: 'invalid jump destination',
  20: 'invalid opcode',
  21: 'write protection',
  22: 'return data out of bounds',
  23: 'max code size exceeded',
  24: 'invalid code: must not begin with 0xef',
  25: 'contract creation code storage out of gas',
  26: 'contract address collision',
  27: 'out of gas',
  64: 'the hash of the parent block is not known yet',
}

/** `ending` of what read the parent's hash before it was known. */
export const ENDING_NEEDS_PARENT_HASH = 64

/** `ending` of a revert. */
export const ENDING_REVERT = 2

/** The message of a halt; undefined for success and revert. */
export function haltMessage(ending: number): string | undefined {
  return HALTS[ending]
}
