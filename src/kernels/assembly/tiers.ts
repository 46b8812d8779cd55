// Which tier runs a frame: the interpreter, or code that was compiled to WebAssembly and stands in the function table.
//
// Compiled code is entered once a frame, at its start. It may hand the rest of the frame to the interpreter. Its calls
// recurse through WebAssembly functions: within a budget of native stack, beyond which frames are interpreted.

import { code, CODE_ENTRY, CODE_HEAT, CODE_NATIVE, codeCount, findCode } from './codes'
import { cells, HOST_NATIVE, HOT_CODES, HOT_COUNT, HOT_LIMIT } from './layout'
import { EXIT_SWITCH, F_CODE_ID, F_ENTRY, F_GAS, F_GAS_CALLS, F_GAS_START, F_NATIVE, F_TIER } from './frame'
import { interpret } from './interpreter'

/** Compiles the code with this number and sets its entry, or refuses it. */
// @ts-ignore: decorator
@external("host", "compile")
declare function hostCompile(codeId: u32): void

/** Compiles init code. Returns its entry, or 0; HOST_NATIVE gets the native stack it may take. */
// @ts-ignore: decorator
@external("host", "compileInitCode")
declare function hostCompileInitCode(at: usize, length: u32): u32

export const TIER_INTERPRETER: u32 = 0
export const TIER_COMPILED: u32 = 1
export const TIER_AUTO: u32 = 2

/** CODE_ENTRY of a code that can't be compiled, or must not be asked for again. */
const ENTRY_REFUSED: u32 = 0xffffffff
/**
 * CODE_HEAT of a code that was reported as hot. Otherwise: bits 16 to 30 the window of time, the lower ones what was used
 * in it, in units of 64 gas.
 */
const HEAT_REPORTED: u32 = 0x80000000
const HEAT_UNIT_BITS: i64 = 6
const MOST_HEAT: i64 = 0xffff
/**
 * A window is so much gas of all codes (2^29). What is hot uses a good part of it: of a thousand contracts that take turns
 * none is, since each one's machine code would push the others' out of the processor's caches.
 */
const WINDOW_BITS: i64 = 29
/** What compiled code is given: its counters may grow by one an instruction and still fit in 63 bits (ranges.ts). */
const COMPILED_GAS_LIMIT: i64 = 1 << 55

let tier: u32 = TIER_INTERPRETER
let hotGas: u32 = 0
let nativeBudget: u32 = 0
let nativeLeft: u32 = 0
let interpretedGas: i64 = 0
let compiledGas: i64 = 0

/** `hotGas`: with TIER_AUTO, a code is reported when it has used so much gas in one window. `stackBytes`: native budget. */
export function setTier(value: u32, hotGasLimit: u32, stackBytes: u32): void {
  tier = value
  hotGas = hotGasLimit
  nativeBudget = stackBytes
}

/** Before each transaction: an exception of the host may have left the last one's calls unfinished. */
export function resetNativeStack(): void {
  nativeLeft = nativeBudget
}

/** The code's entry in the function table, or 0 where it is to be interpreted. */
export function compiledEntry(codeId: u32): u32 {
  if (tier == TIER_INTERPRETER) return 0
  const record = code(codeId)
  let entry = load<u32>(record, CODE_ENTRY)
  if (entry == 0 && tier == TIER_COMPILED) {
    hostCompile(codeId)
    entry = load<u32>(record, CODE_ENTRY)
  }
  return entry == ENTRY_REFUSED ? 0 : entry
}

/** The same for init code, which runs once: only compiled where everything is. */
export function compiledInitCode(at: usize, length: u32): u32 {
  return tier == TIER_COMPILED ? hostCompileInitCode(at, length) : 0
}

export function initCodeNative(): u32 {
  return load<u32>(cells, HOST_NATIVE)
}

/** Runs a frame from its saved state in the tier that it is meant for. Returns an EXIT_ or HALT_ code. */
export function runFrame(frame: usize): i32 {
  const entry = load<u32>(frame, F_ENTRY)
  if (entry == 0) return interpret(frame)
  store<u32>(frame, 0, F_ENTRY)
  const native = load<u32>(frame, F_NATIVE)
  if (native > nativeLeft || load<i64>(frame, F_GAS) >= COMPILED_GAS_LIMIT) return interpret(frame)
  store<u32>(frame, 1, F_TIER)
  nativeLeft -= native
  const ending = call_indirect<i32>(entry, frame)
  nativeLeft += native
  if (ending != EXIT_SWITCH) return ending
  store<u32>(frame, 0, F_TIER)
  return interpret(frame)
}

/** The frame ends with `gas` left: counts what it used itself, and reports its code when that makes it hot. */
export function countGas(frame: usize, gas: i64): void {
  const codeId = load<u32>(frame, F_CODE_ID)
  if (codeId == 0) return
  const used = load<i64>(frame, F_GAS_START) - load<i64>(frame, F_GAS_CALLS) - gas
  if (load<u32>(frame, F_TIER) != 0) {
    compiledGas += used
    return
  }
  interpretedGas += used
  if (tier != TIER_AUTO) return
  const record = code(codeId)
  const heat = load<u32>(record, CODE_HEAT)
  if (heat == HEAT_REPORTED || load<u32>(record, CODE_ENTRY) != 0) return
  const window = <u32>((interpretedGas + compiledGas) >> WINDOW_BITS) & 0x7fff
  const before = heat >> 16 == window ? <i64>(heat & 0xffff) : 0
  const units = min<i64>(before + ((used + 63) >> HEAT_UNIT_BITS), MOST_HEAT)
  if (units << HEAT_UNIT_BITS < <i64>hotGas) store<u32>(record, (window << 16) | <u32>units, CODE_HEAT)
  else reportHot(codeId, record)
}

function reportHot(codeId: u32, record: usize): void {
  const count = load<u32>(cells, HOT_COUNT)
  if (count == HOT_LIMIT) return // it stays warm enough to be reported by its next call
  store<u32>(cells + HOT_CODES + (<usize>count << 2), codeId)
  store<u32>(cells, count + 1, HOT_COUNT)
  store<u32>(record, HEAT_REPORTED, CODE_HEAT)
}

/** A code's record, for the host: see codes.ts. */
export function codeRecord(codeId: u32): usize {
  return codeId <= codeCount() ? code(codeId) : 0
}

/** Number of the code with the hash at this address; 0: it is not here. */
export function codeWithHash(hash: usize): u32 {
  const id = findCode(hash)
  return id == 0xffffffff ? 0 : id
}

/** From now on the code runs compiled (`entry` in the function table), is interpreted (0), or refused (0xffffffff). */
export function setCompiled(codeId: u32, entry: u32, native: u32): void {
  store<u32>(code(codeId), entry, CODE_ENTRY)
  store<u32>(code(codeId), native, CODE_NATIVE)
}

/** The code may be reported as hot again. */
export function coolDown(codeId: u32): void {
  store<u32>(code(codeId), 0, CODE_HEAT)
}

/** Another fork's rules: what was compiled for the last one's does not hold any more. */
export function forgetCompiled(): void {
  for (let id: u32 = 1; id <= codeCount(); id++) {
    store<u32>(code(id), 0, CODE_ENTRY)
    store<u32>(code(id), 0, CODE_HEAT)
  }
}

/** Counts gas that was used elsewhere, by a speculation that is committed here. */
export function addGas(interpreted: i64, compiled: i64): void {
  interpretedGas += interpreted
  compiledGas += compiled
}

export function gasOfInterpreter(): i64 {
  return interpretedGas
}

export function gasOfCompiled(): i64 {
  return compiledGas
}
