/** Instructions that tracers tell apart (Yellow Paper, appendix H). */
export const SLOAD = 0x54
export const SSTORE = 0x55
export const CREATE = 0xf0
export const CALL = 0xf1
export const CALLCODE = 0xf2
export const CREATE2 = 0xf5
export const STATICCALL = 0xfa
export const SELFDESTRUCT = 0xff

/** CALL, CALLCODE, DELEGATECALL, STATICCALL: an account below the gas. */
export const CALLS: ReadonlySet<number> = new Set([CALL, CALLCODE, 0xf4, STATICCALL])
/** BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH. */
const ACCOUNT_READS: readonly number[] = [0x31, 0x3b, 0x3c, 0x3f]
/** These and SELFDESTRUCT: an account on top. */
export const ACCOUNT_ON_TOP: ReadonlySet<number> = new Set([...ACCOUNT_READS, SELFDESTRUCT])
/** These and the calls: their constant gas is that of a warm account. */
export const ACCOUNT_ACCESSES: ReadonlySet<number> = new Set([...ACCOUNT_READS, ...CALLS])
/** SLOAD, SSTORE: a slot of the running account, whose key is on top. */
export const SLOT_ACCESSES: ReadonlySet<number> = new Set([SLOAD, SSTORE])

/** Whether an instruction creates a contract. */
export function isCreation(opcode: number): boolean {
  return opcode === CREATE || opcode === CREATE2
}
