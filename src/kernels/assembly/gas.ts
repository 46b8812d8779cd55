// Gas costs, with their Yellow Paper names (appendix G) or the EIP that set them, and the table that the interpreter reads.

export const GAS_ZERO: u32 = 0
export const GAS_BASE: u32 = 2
export const GAS_VERYLOW: u32 = 3
export const GAS_LOW: u32 = 5
export const GAS_MID: u32 = 8
export const GAS_HIGH: u32 = 10
export const GAS_JUMPDEST: u32 = 1
export const GAS_EXP: u32 = 10
export const GAS_EXP_BYTE: u64 = 50 // EIP-160
export const GAS_KECCAK: u32 = 30
export const GAS_KECCAK_WORD: u64 = 6
export const GAS_COPY_WORD: u64 = 3
export const GAS_MEMORY_WORD: u64 = 3
export const GAS_LOG: u32 = 375
export const GAS_LOG_TOPIC: u32 = 375
export const GAS_LOG_BYTE: u64 = 8
export const GAS_BLOCK_HASH: u32 = 20
export const GAS_WARM_ACCESS: i64 = 100 // EIP-2929
export const GAS_COLD_SLOAD: i64 = 2100 // EIP-2929
export const GAS_COLD_ACCOUNT_ACCESS: i64 = 2600 // EIP-2929
export const GAS_STORAGE_SET: i64 = 20000
export const GAS_STORAGE_RESET: i64 = 2900 // 5000 - GAS_COLD_SLOAD
export const REFUND_STORAGE_CLEAR: i64 = 4800 // EIP-3529
export const GAS_CALL_STIPEND: i64 = 2300
export const GAS_CALL_VALUE: i64 = 9000
export const GAS_NEW_ACCOUNT: i64 = 25000
export const GAS_CREATE: u32 = 32000
export const GAS_INIT_CODE_WORD: u64 = 2 // EIP-3860
export const GAS_CODE_DEPOSIT_BYTE: i64 = 200
export const GAS_SELF_DESTRUCT: u32 = 5000

export const GAS_TRANSACTION: u64 = 21000
export const GAS_TRANSACTION_CREATE: u64 = 32000
export const GAS_ACCESS_LIST_ADDRESS: u64 = 2400 // EIP-2930
export const GAS_ACCESS_LIST_KEY: u64 = 1900
export const GAS_CALLDATA_TOKEN: u64 = 4 // EIP-2028: a zero byte is one token, another four
export const GAS_CALLDATA_TOKEN_FLOOR: u64 = 10 // EIP-7623
export const GAS_AUTHORIZATION: u64 = 25000 // EIP-7702 PER_EMPTY_ACCOUNT_COST
export const REFUND_AUTHORIZATION: i64 = 12500 // PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST
export const GAS_PER_BLOB: u64 = 131072 // EIP-4844

export const MAX_CODE_SIZE: u32 = 24576 // EIP-170
export const MAX_INIT_CODE_SIZE: u64 = 49152 // EIP-3860
export const TRANSACTION_GAS_CAP: u64 = 16777216 // EIP-7825

// Forks, in the order of FORKS in protocol/forks.ts; Shanghai is 0.
export const CANCUN: u32 = 1
export const PRAGUE: u32 = 2
export const OSAKA: u32 = 3

/**
 * Facts of each opcode, 8 bytes: u16 static gas, u16 bytes that must be on the stack, u32 bytes that may be on it beyond
 * those. An undefined opcode wants more than any stack can hold.
 */
export const opcodeTable: usize = memory.data(256 * 8, 16)

const STACK_LIMIT: u32 = 1024
const UNDEFINED_NEED: u32 = 0xffff

function define(op: u32, gas: u32, pops: u32, pushes: u32): void {
  const at = opcodeTable + (<usize>op << 3)
  store<u16>(at, <u16>gas)
  store<u16>(at, <u16>(pops * 32), 2)
  const highest = pushes > pops ? STACK_LIMIT - (pushes - pops) : STACK_LIMIT
  store<u32>(at, (highest - pops) * 32, 4)
}

function defineRange(first: u32, last: u32, gas: u32, pops: u32, pushes: u32): void {
  for (let op = first; op <= last; op++) define(op, gas, pops, pushes)
}

export function isDefined(op: u32): bool {
  return load<u16>(opcodeTable + (<usize>op << 3), 2) != <u16>UNDEFINED_NEED
}

/** Fills the table with a fork's opcodes. What an opcode costs beyond its static gas is in its own code. */
export function setOpcodeTable(fork: u32): void {
  for (let op: u32 = 0; op < 256; op++) {
    store<u64>(opcodeTable + (<usize>op << 3), <u64>UNDEFINED_NEED << 16)
  }
  defineArithmetic(fork)
  defineEnvironment(fork)
  defineFlow(fork)
}

function defineArithmetic(fork: u32): void {
  define(0x00, GAS_ZERO, 0, 0) // STOP
  define(0x01, GAS_VERYLOW, 2, 1) // ADD
  define(0x02, GAS_LOW, 2, 1) // MUL
  define(0x03, GAS_VERYLOW, 2, 1) // SUB
  defineRange(0x04, 0x07, GAS_LOW, 2, 1) // DIV SDIV MOD SMOD
  defineRange(0x08, 0x09, GAS_MID, 3, 1) // ADDMOD MULMOD
  define(0x0a, GAS_EXP, 2, 1) // EXP
  define(0x0b, GAS_LOW, 2, 1) // SIGNEXTEND
  defineRange(0x10, 0x14, GAS_VERYLOW, 2, 1) // LT GT SLT SGT EQ
  define(0x15, GAS_VERYLOW, 1, 1) // ISZERO
  defineRange(0x16, 0x18, GAS_VERYLOW, 2, 1) // AND OR XOR
  define(0x19, GAS_VERYLOW, 1, 1) // NOT
  defineRange(0x1a, 0x1d, GAS_VERYLOW, 2, 1) // BYTE SHL SHR SAR
  if (fork >= OSAKA) define(0x1e, GAS_LOW, 1, 1) // CLZ, EIP-7939
  define(0x20, GAS_KECCAK, 2, 1) // KECCAK256
}

function defineEnvironment(fork: u32): void {
  define(0x30, GAS_BASE, 0, 1) // ADDRESS
  define(0x31, GAS_ZERO, 1, 1) // BALANCE
  defineRange(0x32, 0x34, GAS_BASE, 0, 1) // ORIGIN CALLER CALLVALUE
  define(0x35, GAS_VERYLOW, 1, 1) // CALLDATALOAD
  define(0x36, GAS_BASE, 0, 1) // CALLDATASIZE
  define(0x37, GAS_VERYLOW, 3, 0) // CALLDATACOPY
  define(0x38, GAS_BASE, 0, 1) // CODESIZE
  define(0x39, GAS_VERYLOW, 3, 0) // CODECOPY
  define(0x3a, GAS_BASE, 0, 1) // GASPRICE
  define(0x3b, GAS_ZERO, 1, 1) // EXTCODESIZE
  define(0x3c, GAS_ZERO, 4, 0) // EXTCODECOPY
  define(0x3d, GAS_BASE, 0, 1) // RETURNDATASIZE
  define(0x3e, GAS_VERYLOW, 3, 0) // RETURNDATACOPY
  define(0x3f, GAS_ZERO, 1, 1) // EXTCODEHASH
  define(0x40, GAS_BLOCK_HASH, 1, 1) // BLOCKHASH
  defineRange(0x41, 0x46, GAS_BASE, 0, 1) // COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID
  define(0x47, GAS_LOW, 0, 1) // SELFBALANCE
  define(0x48, GAS_BASE, 0, 1) // BASEFEE
  if (fork < CANCUN) return
  define(0x49, GAS_VERYLOW, 1, 1) // BLOBHASH, EIP-4844
  define(0x4a, GAS_BASE, 0, 1) // BLOBBASEFEE, EIP-7516
}

function defineFlow(fork: u32): void {
  define(0x50, GAS_BASE, 1, 0) // POP
  define(0x51, GAS_VERYLOW, 1, 1) // MLOAD
  defineRange(0x52, 0x53, GAS_VERYLOW, 2, 0) // MSTORE MSTORE8
  define(0x54, GAS_ZERO, 1, 1) // SLOAD
  define(0x55, GAS_ZERO, 2, 0) // SSTORE
  define(0x56, GAS_MID, 1, 0) // JUMP
  define(0x57, GAS_HIGH, 2, 0) // JUMPI
  defineRange(0x58, 0x5a, GAS_BASE, 0, 1) // PC MSIZE GAS
  define(0x5b, GAS_JUMPDEST, 0, 0) // JUMPDEST
  if (fork >= CANCUN) {
    define(0x5c, <u32>GAS_WARM_ACCESS, 1, 1) // TLOAD, EIP-1153
    define(0x5d, <u32>GAS_WARM_ACCESS, 2, 0) // TSTORE
    define(0x5e, GAS_VERYLOW, 3, 0) // MCOPY, EIP-5656
  }
  define(0x5f, GAS_BASE, 0, 1) // PUSH0, EIP-3855
  defineRange(0x60, 0x7f, GAS_VERYLOW, 0, 1) // PUSH1..PUSH32
  for (let n: u32 = 1; n <= 16; n++) {
    define(0x7f + n, GAS_VERYLOW, n, n + 1) // DUPn
    define(0x8f + n, GAS_VERYLOW, n + 1, n + 1) // SWAPn
  }
  for (let n: u32 = 0; n <= 4; n++) define(0xa0 + n, GAS_LOG + n * GAS_LOG_TOPIC, n + 2, 0) // LOGn
  define(0xf0, GAS_CREATE, 3, 1) // CREATE
  defineRange(0xf1, 0xf2, GAS_ZERO, 7, 1) // CALL CALLCODE
  define(0xf3, GAS_ZERO, 2, 0) // RETURN
  define(0xf4, GAS_ZERO, 6, 1) // DELEGATECALL
  define(0xf5, GAS_CREATE, 4, 1) // CREATE2
  define(0xfa, GAS_ZERO, 6, 1) // STATICCALL
  define(0xfd, GAS_ZERO, 2, 0) // REVERT
  define(0xff, GAS_SELF_DESTRUCT, 1, 0) // SELFDESTRUCT
}
