// One call frame: what a running piece of code sees of itself. Frames lie one behind the other, by call depth.

import { frames, FRAME_BYTES, STACK_BYTES, stacks } from './layout'

export const F_PC: usize = 0 // u32: offset in the code
export const F_SP: usize = 4 // u32: address behind the top of the stack
export const F_GAS: usize = 8 // i64
export const F_CODE: usize = 16 // u32: address of the code
export const F_CODE_LENGTH: usize = 20 // u32
export const F_JUMPS: usize = 24 // u32: address of the JUMPDEST bitmap
export const F_MEMORY: usize = 28 // u32: address of the EVM memory
export const F_MEMORY_SIZE: usize = 32 // u32: bytes, a multiple of 32
export const F_ACCOUNT: usize = 36 // u32: account whose storage and balance it is
export const F_STATIC: usize = 40 // u32: 1 when nothing may be written
export const F_KIND: usize = 44 // u32: the opcode that started it; 0: by a transaction
export const F_INPUT: usize = 48 // u32: address of the call data
export const F_INPUT_LENGTH: usize = 52 // u32
export const F_OUTPUT_OFFSET: usize = 56 // u32: where the caller wants the return data, in its memory
export const F_OUTPUT_LENGTH: usize = 60 // u32
export const F_ADDRESS: usize = 64 // word
export const F_CALLER: usize = 96 // word
export const F_VALUE: usize = 128 // word
export const F_JOURNAL_MARK: usize = 160 // u32
export const F_LOGS_MARK: usize = 164 // u32
export const F_REFUND: usize = 168 // i64: refund counter when it began
export const F_OPCODE: usize = 176 // u32: CALL or CREATE opcode that it waits for
export const F_RETURN_OFFSET: usize = 180 // u32: RETURN, REVERT: offset in memory
export const F_RETURN_LENGTH: usize = 184 // u32
export const F_ENTRY: usize = 188 // u32: where the compiled code stands in the function table; 0: it is interpreted
export const F_NATIVE: usize = 192 // u32: bytes of native stack that the compiled code may take
export const F_CODE_ID: usize = 196 // u32: number of the code; 0 for init code
export const F_GAS_START: usize = 200 // i64: gas when it began
export const F_GAS_CALLS: usize = 208 // i64: gas that its calls and creations used
export const F_STORAGE_ID: usize = 220 // u32: storage of F_ACCOUNT
export const F_TIER: usize = 216 // u32: 1 when it ran compiled to its end

// How a run of the interpreter ends.
export const EXIT_STOP: i32 = 0
export const EXIT_RETURN: i32 = 1
export const EXIT_REVERT: i32 = 2
export const EXIT_CALL: i32 = 3
export const EXIT_CREATE: i32 = 4
/** Compiled code hands the rest of the frame, whose state is saved, to the interpreter. */
export const EXIT_SWITCH: i32 = 6
// Halts: all gas of the frame is gone.
export const HALT_OUT_OF_GAS: i32 = 16
export const HALT_STACK_UNDERFLOW: i32 = 17
export const HALT_STACK_OVERFLOW: i32 = 18
export const HALT_INVALID_JUMP: i32 = 19
export const HALT_INVALID_OPCODE: i32 = 20
export const HALT_WRITE_PROTECTION: i32 = 21
export const HALT_RETURN_DATA_OUT_OF_BOUNDS: i32 = 22
export const HALT_CODE_SIZE: i32 = 23
export const HALT_INVALID_CODE: i32 = 24 // EIP-3541: code starts with 0xef
export const HALT_CODE_STORE_OUT_OF_GAS: i32 = 25
export const HALT_COLLISION: i32 = 26
export const HALT_PRECOMPILE: i32 = 27
// How a call or creation ends that is refused; no frame ever does. Only tracers hear of it.
export const REFUSED_DEPTH: i32 = 28
export const REFUSED_BALANCE: i32 = 29
export const REFUSED_NONCE: i32 = 30
/** The parent's hash is needed and not known yet: the whole transaction is undone and must be run again. */
export const HALT_NEEDS_PARENT_HASH: i32 = 64

@inline
export function frameAt(depth: i32): usize {
  return frames + <usize>depth * FRAME_BYTES
}

/** Bytes on the stack that ends at `sp`: stacks begin at multiples of STACK_BYTES. */
@inline
export function stackHeight(sp: usize): u32 {
  return <u32>(sp & (STACK_BYTES - 1))
}

@inline
export function stackAt(frame: usize): usize {
  return stacks + ((frame - frames) / FRAME_BYTES) * STACK_BYTES
}
