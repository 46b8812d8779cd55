// What a kernel built with TRACE=1 (targets.ts) tells the host while a transaction runs: frames that begin and end, logs,
// and the instructions that the host watches. Addresses and values are words. In other kernels nothing of it is left.

import { cells, TRACE_FRAME, TRACE_GAS, TRACE_MEMORY_SIZE, TRACE_PC, TRACE_REFUND, TRACE_RETURN_LENGTH, TRACE_SP, TRACE_WATCHED } from './layout'
import { F_CODE, F_GAS_START, F_MEMORY_SIZE, HALT_OUT_OF_GAS } from './frame'
import { account, findAccount } from './accounts'
import { findSlot, slot } from './slots'
import { returnData, returnDataLength } from './returnData'

/** Before an instruction that is watched. */
// @ts-ignore: decorator
@external("host", "trace")
declare function hostTrace(frame: usize, pc: u32, gas: i64, sp: usize): void

/** A frame begins, or would have begun: CREATE without `to` where it is refused, STATICCALL without value (both 0). */
// @ts-ignore: decorator
@external("host", "enter")
declare function hostEnter(kind: u32, from: usize, to: usize, input: usize, inputLength: u32, gas: i64, value: usize): void

/** What began last and has not ended, ends. */
// @ts-ignore: decorator
@external("host", "exit")
declare function hostExit(ending: i32, gasUsed: i64, output: usize, outputLength: u32): void

/** A log as the receipt has it, in RLP. */
// @ts-ignore: decorator
@external("host", "log")
declare function hostLog(at: usize, length: u32): void

/**
 * Keeps where the frame is, for the host to look at whenever it is called. `at`: address of the instruction. Arguments must
 * be at hand: a load among them would stay in the kernel that doesn't trace.
 */
@inline
export function traceStep(frame: usize, op: u32, at: usize, gas: i64, sp: usize, refund: i64): void {
  // @ts-ignore: the compiler is given TRACE
  if (TRACE != 0) {
    const pc = <u32>(at - load<u32>(frame, F_CODE))
    store<u32>(cells, <u32>frame, TRACE_FRAME)
    store<u32>(cells, pc, TRACE_PC)
    store<u32>(cells, <u32>sp, TRACE_SP)
    store<i64>(cells, gas, TRACE_GAS)
    store<u32>(cells, load<u32>(frame, F_MEMORY_SIZE), TRACE_MEMORY_SIZE)
    store<u32>(cells, returnDataLength, TRACE_RETURN_LENGTH)
    store<i64>(cells, refund, TRACE_REFUND)
    if (load<u8>(cells + TRACE_WATCHED + op) != 0) hostTrace(frame, pc, gas, sp)
  }
}

@inline
export function traceEnter(kind: u32, from: usize, to: usize, input: usize, inputLength: u32, gas: i64, value: usize): void {
  // @ts-ignore: the compiler is given TRACE
  if (TRACE != 0) hostEnter(kind, from, to, input, inputLength, gas, value)
}

/** A call or creation that was refused: all its gas goes back. */
@inline
export function traceRefusal(ending: i32): void {
  // @ts-ignore: the compiler is given TRACE
  if (TRACE != 0) hostExit(ending, 0, 0, 0)
}

/** A call or creation that ended before a frame began, for all its gas. */
@inline
export function traceLoss(ending: i32, gas: i64): void {
  // @ts-ignore: the compiler is given TRACE
  if (TRACE != 0) hostExit(ending, gas, 0, 0)
}

/** `gas` is what is left where the frame does not halt. */
@inline
export function traceExit(frame: usize, ending: i32, gas: i64): void {
  // @ts-ignore: the compiler is given TRACE
  if (TRACE != 0) {
    const start = load<i64>(frame, F_GAS_START)
    hostExit(ending, ending >= HALT_OUT_OF_GAS ? start : start - gas, returnData(), returnDataLength)
  }
}

@inline
export function traceLog(at: usize, length: u32): void {
  // @ts-ignore: the compiler is given TRACE
  if (TRACE != 0) hostLog(at, length)
}

/** Address of an account's record, 0 where there is none; nothing is touched. */
export function findAccountRecord(addressWord: usize): usize {
  const id = findAccount(addressWord)
  return id == 0 ? 0 : account(id)
}

/** Likewise of a slot's. */
export function findSlotRecord(storageId: u32, keyWord: usize): usize {
  const id = findSlot(storageId, keyWord)
  return id == 0 ? 0 : slot(id)
}
