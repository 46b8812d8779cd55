// Calls and creations: from one frame to the next and back. Interpreted frames do not recurse through WebAssembly
// functions, so that depth 1,024 needs no deep native stack; compiled ones do, as far as tiers.ts allows.

import { copyBytes } from './bytes'
import { arenaEnd, MAX_DEPTH } from './layout'
import {
  EXIT_CALL,
  EXIT_CREATE,
  EXIT_RETURN,
  EXIT_REVERT,
  EXIT_STOP,
  F_ACCOUNT,
  F_ADDRESS,
  F_CALLER,
  F_CODE,
  F_CODE_ID,
  F_CODE_LENGTH,
  F_ENTRY,
  F_GAS,
  F_GAS_CALLS,
  F_GAS_START,
  F_INPUT,
  F_INPUT_LENGTH,
  F_JOURNAL_MARK,
  F_JUMPS,
  F_KIND,
  F_LOGS_MARK,
  F_MEMORY,
  F_MEMORY_SIZE,
  F_NATIVE,
  F_OPCODE,
  F_OUTPUT_LENGTH,
  F_OUTPUT_OFFSET,
  F_PC,
  F_REFUND,
  F_RETURN_LENGTH,
  F_RETURN_OFFSET,
  F_SP,
  F_STATIC,
  F_STORAGE_ID,
  F_TIER,
  F_VALUE,
  frameAt,
  HALT_CODE_SIZE,
  HALT_CODE_STORE_OUT_OF_GAS,
  HALT_COLLISION,
  HALT_INVALID_CODE,
  HALT_NEEDS_PARENT_HASH,
  HALT_OUT_OF_GAS,
  HALT_PRECOMPILE,
  HALT_WRITE_PROTECTION,
  REFUSED_BALANCE,
  REFUSED_DEPTH,
  REFUSED_NONCE,
  stackAt,
} from './frame'
import { EVM_MEMORY_FULL, fail } from './failure'
import { compiledEntry, compiledInitCode, countGas, initCodeNative, resetNativeStack, runFrame } from './tiers'
import { expandForRange } from './evmMemory'
import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  ACCOUNT_SLOT_COUNT,
  ACCOUNT_STORAGE_ID,
  account,
  FLAG_BASE_STORAGE,
  getAccount,
} from './accounts'
import { code, CODE_FLAG_DELEGATION, CODE_FLAGS, CODE_JUMPS, CODE_LENGTH, CODE_NATIVE, CODE_PTR } from './codes'
import { markJumpDestinations, putCode } from './codes'
import {
  addBalance,
  isEmptyAccount,
  journalMark,
  markCreated,
  revertJournal,
  setCode,
  setNonce,
  subBalance,
  touch,
  warmAccount,
} from './journal'
import { accessCost, refundCounter, setRefundCounter } from './hostOperations'
import { cutLogs, logsTop } from './logs'
import { forbidSpeculation, isSpeculating } from './overlay'
import { clearReturnData, returnData, returnDataLength, setReturnData } from './returnData'
import { precompileAt, runPrecompile } from './precompiles'
import {
  GAS_CALL_STIPEND,
  GAS_CALL_VALUE,
  GAS_CODE_DEPOSIT_BYTE,
  GAS_INIT_CODE_WORD,
  GAS_KECCAK_WORD,
  GAS_NEW_ACCOUNT,
  MAX_CODE_SIZE,
  MAX_INIT_CODE_SIZE,
} from './gas'
import { keccak256 } from './keccak'
import { lengthOfU64, writeListPrefix, writeU64 } from './rlp'
import { traceEnter, traceExit, traceLoss, traceRefusal } from './tracing'
import { addressToWord, maskAddress, wordToAddress } from './address'
import * as u256 from './u256'

const CODE_PADDING: usize = 48
const NONCE_MAX: u64 = 0xffffffffffffffff

/** Depth of the running frame; 0 is the transaction's own. */
let depth: i32 = 0
/** How the outermost frame ended: an EXIT_ or HALT_ code. */
let outcome: i32 = 0
let gasAtEnd: i64 = 0

const target: usize = memory.data(32, 16)
const preimage: usize = memory.data(96, 16)
const digest: usize = memory.data(32, 16)

/** Gas that the outermost frame left over. */
export function gasLeft(): i64 {
  return gasAtEnd
}

/** Runs frame 0, which startCall or startCreate has prepared, to its end. Returns an EXIT_ or HALT_ code. */
export function runFrames(): i32 {
  depth = 0
  runAbove(-1)
  return outcome
}

/** Runs until the frame at depth `floor` is next (RUN_ON), or everything has ended (RUN_ENDED). */
function runAbove(floor: i32): i32 {
  while (true) {
    const frame = frameAt(depth)
    let code = runFrame(frame)
    if (code == EXIT_CALL) code = beginCall(frame)
    else if (code == EXIT_CREATE) code = beginCreate(frame)
    else code = endFrame(frame, code)
    // A call or creation whose cost can't be paid halts the frame that wanted it.
    while (code != RUN_ON) {
      if (code == RUN_ENDED) return RUN_ENDED
      code = endFrame(frameAt(depth), code)
    }
    if (depth == floor) return RUN_ON
  }
}

const RUN_ON: i32 = -1
const RUN_ENDED: i32 = -2

// --------------------------------------------------------------------------------------------- from compiled code

/** A call by compiled code, its operands on the frame's stack: runs it to its end. -1: go on; else the frame ends so. */
export function callFromCompiled(frame: usize): i32 {
  return runStarted(depth, beginCall(frame))
}

/** Like callFromCompiled, for CREATE and CREATE2. */
export function createFromCompiled(frame: usize): i32 {
  return runStarted(depth, beginCreate(frame))
}

/** `caller` is the depth of the compiled frame, whose call or creation has begun with `code`. */
function runStarted(caller: i32, code: i32): i32 {
  if (code != RUN_ON || depth == caller) return code
  // All can only end below the outermost frame where the parent's hash is missing.
  return runAbove(caller) == RUN_ENDED ? HALT_NEEDS_PARENT_HASH : RUN_ON
}

// ---------------------------------------------------------------------------------------------------------- calls

/** Code that runs for an account, behind an EIP-7702 delegation if there is one (one step). */
export function executedCode(accountId: u32): u32 {
  const id = load<u32>(account(accountId), ACCOUNT_CODE_ID)
  const record = code(id)
  if ((load<u32>(record, CODE_FLAGS) & CODE_FLAG_DELEGATION) == 0) return id
  addressToWord(<usize>load<u32>(record, CODE_PTR) + 3, target)
  return precompileAt(target) != 0 ? 0 : load<u32>(account(getAccount(target)), ACCOUNT_CODE_ID)
}

/** The account that a delegation points to, or 0. */
export function delegateOf(accountId: u32): u32 {
  const record = code(load<u32>(account(accountId), ACCOUNT_CODE_ID))
  if ((load<u32>(record, CODE_FLAGS) & CODE_FLAG_DELEGATION) == 0) return 0
  addressToWord(<usize>load<u32>(record, CODE_PTR) + 3, target)
  return getAccount(target)
}

/** CALL, CALLCODE, DELEGATECALL, STATICCALL: pays, then pushes a frame or answers at once. */
function beginCall(frame: usize): i32 {
  const op = load<u32>(frame, F_OPCODE)
  const sp = <usize>load<u32>(frame, F_SP)
  const hasValue = op == 0xf1 || op == 0xf2
  const to = sp - 64
  const ranges = hasValue ? sp - 128 : sp - 96 // input offset, input length, output offset, output length
  const result = hasValue ? sp - 224 : sp - 192
  const isStatic = load<u32>(frame, F_STATIC)
  const movesValue = hasValue && !u256.isZero(sp - 96)
  if (op == 0xf1 && movesValue && isStatic != 0) return HALT_WRITE_PROTECTION
  maskAddress(to)

  // GAS
  let gas = expandForRange(frame, ranges, ranges - 32, load<i64>(frame, F_GAS))
  if (gas < 0) return HALT_OUT_OF_GAS
  gas = expandForRange(frame, ranges - 64, ranges - 96, gas)
  if (gas < 0) return HALT_OUT_OF_GAS
  const toId = getAccount(to)
  gas -= accessCost(toId)
  if (gas < 0) return HALT_OUT_OF_GAS
  const delegate = delegateOf(toId)
  if (delegate != 0) gas -= accessCost(delegate)
  if (movesValue) gas -= GAS_CALL_VALUE
  if (op == 0xf1 && movesValue && isEmptyAccount(toId)) gas -= GAS_NEW_ACCOUNT
  if (gas < 0) return HALT_OUT_OF_GAS
  const allowed = gas - (gas >> 6) // EIP-150
  let callGas = u256.fitsU64(sp - 32) && load<u64>(sp - 32) < <u64>allowed ? load<i64>(sp - 32) : allowed
  gas -= callGas
  if (movesValue) callGas += GAS_CALL_STIPEND

  // OPERATION
  clearReturnData()
  store<i64>(frame, gas, F_GAS)
  store<u32>(frame, <u32>(result + 32), F_SP)
  const outputOffset = load<u32>(ranges - 64)
  const outputLength = load<u32>(ranges - 96)
  const inputLength = load<u32>(ranges - 32)
  const input = <usize>load<u32>(frame, F_MEMORY) + <usize>(inputLength != 0 ? load<u32>(ranges) : 0)
  const selfId = load<u32>(frame, F_ACCOUNT)
  const value = hasValue ? sp - 96 : op == 0xf4 ? frame + F_VALUE : 0
  traceEnter(op, frame + F_ADDRESS, to, input, inputLength, callGas, value)
  if (depth >= MAX_DEPTH || (movesValue && u256.lt(account(selfId) + ACCOUNT_BALANCE, sp - 96))) {
    traceRefusal(depth >= MAX_DEPTH ? REFUSED_DEPTH : REFUSED_BALANCE)
    store<i64>(frame, gas + callGas, F_GAS)
    u256.setZero(result)
    return RUN_ON
  }

  const child = frameAt(depth + 1)
  store<u32>(child, <u32>journalMark(), F_JOURNAL_MARK)
  store<u32>(child, <u32>logsTop, F_LOGS_MARK)
  store<i64>(child, refundCounter, F_REFUND)
  store<i64>(child, callGas, F_GAS)
  store<u32>(child, op, F_KIND)
  store<u32>(child, <u32>input, F_INPUT)
  store<u32>(child, inputLength, F_INPUT_LENGTH)
  store<u32>(child, outputOffset, F_OUTPUT_OFFSET)
  store<u32>(child, outputLength, F_OUTPUT_LENGTH)
  store<u32>(child, op == 0xfa ? 1 : isStatic, F_STATIC)
  const ownContext = op == 0xf2 || op == 0xf4
  store<u32>(child, ownContext ? selfId : toId, F_ACCOUNT)
  u256.copy(ownContext ? frame + F_ADDRESS : to, child + F_ADDRESS)
  u256.copy(op == 0xf4 ? frame + F_CALLER : frame + F_ADDRESS, child + F_CALLER)
  if (value != 0) u256.copy(value, child + F_VALUE)
  else u256.setZero(child + F_VALUE)
  if (op == 0xf1) {
    touch(toId)
    if (movesValue) transfer(selfId, toId, child + F_VALUE)
  } else if (op == 0xfa) touch(toId)

  const memoryTop = <usize>load<u32>(frame, F_MEMORY) + load<u32>(frame, F_MEMORY_SIZE)
  return enter(child, precompileAt(to), delegate != 0 ? executedCode(toId) : load<u32>(account(toId), ACCOUNT_CODE_ID), memoryTop)
}

/** The frame's call begins: a precompile or an empty code ends at once, else the frame is next to run. */
function enter(child: usize, precompile: u32, codeId: u32, memoryTop: usize): i32 {
  depth++
  store<u32>(child, 0, F_CODE_ID)
  store<i64>(child, load<i64>(child, F_GAS), F_GAS_START)
  if (precompile != 0) {
    const input = <usize>load<u32>(child, F_INPUT)
    const left = runPrecompile(precompile, input, load<u32>(child, F_INPUT_LENGTH), load<i64>(child, F_GAS))
    if (left < 0) return endFrame(child, HALT_PRECOMPILE)
    store<i64>(child, left, F_GAS)
    return endFrame(child, EXIT_PRECOMPILE)
  }
  if (codeId == 0) return endFrame(child, EXIT_STOP)
  const record = code(codeId)
  store<u32>(child, codeId, F_CODE_ID)
  store<u32>(child, compiledEntry(codeId), F_ENTRY)
  store<u32>(child, load<u32>(record, CODE_NATIVE), F_NATIVE)
  store<u32>(child, load<u32>(record, CODE_PTR), F_CODE)
  store<u32>(child, load<u32>(record, CODE_LENGTH), F_CODE_LENGTH)
  store<u32>(child, load<u32>(record, CODE_JUMPS), F_JUMPS)
  prepareRun(child, memoryTop)
  return RUN_ON
}

/** Success of a precompile: its output already is the return data. */
const EXIT_PRECOMPILE: i32 = 5

function prepareRun(child: usize, memoryTop: usize): void {
  store<i64>(child, load<i64>(child, F_GAS), F_GAS_START)
  store<i64>(child, 0, F_GAS_CALLS)
  store<u32>(child, 0, F_TIER)
  store<u32>(child, load<u32>(account(load<u32>(child, F_ACCOUNT)), ACCOUNT_STORAGE_ID), F_STORAGE_ID)
  store<u32>(child, 0, F_PC)
  store<u32>(child, <u32>stackAt(child), F_SP)
  store<u32>(child, <u32>memoryTop, F_MEMORY)
  store<u32>(child, 0, F_MEMORY_SIZE)
}

function transfer(from: u32, to: u32, amount: usize): void {
  subBalance(from, amount)
  addBalance(to, amount)
}

// ------------------------------------------------------------------------------------------------------ creations

/** CREATE, CREATE2: pays, then pushes a frame that runs the init code, or answers at once. */
function beginCreate(frame: usize): i32 {
  const op = load<u32>(frame, F_OPCODE)
  const sp = <usize>load<u32>(frame, F_SP)
  const value = sp - 32
  const result = op == 0xf0 ? sp - 96 : sp - 128

  // GAS
  let gas = expandForRange(frame, sp - 64, sp - 96, load<i64>(frame, F_GAS))
  if (gas < 0) return HALT_OUT_OF_GAS
  const length = load<u64>(sp - 96)
  if (length > MAX_INIT_CODE_SIZE) return HALT_OUT_OF_GAS
  gas -= <i64>(((length + 31) >> 5) * (op == 0xf0 ? GAS_INIT_CODE_WORD : GAS_INIT_CODE_WORD + GAS_KECCAK_WORD))
  if (gas < 0) return HALT_OUT_OF_GAS
  const createGas = gas - (gas >> 6)
  gas -= createGas

  // OPERATION
  clearReturnData()
  store<i64>(frame, gas, F_GAS)
  store<u32>(frame, <u32>(result + 32), F_SP)
  const selfId = load<u32>(frame, F_ACCOUNT)
  const nonce = load<u64>(account(selfId), ACCOUNT_NONCE)
  const initCode = <usize>load<u32>(frame, F_MEMORY) + <usize>(length != 0 ? load<u32>(sp - 64) : 0)
  if (depth >= MAX_DEPTH || nonce == NONCE_MAX || u256.lt(account(selfId) + ACCOUNT_BALANCE, value)) {
    traceEnter(op, frame + F_ADDRESS, 0, initCode, <u32>length, createGas, value)
    traceRefusal(depth >= MAX_DEPTH ? REFUSED_DEPTH : nonce == NONCE_MAX ? REFUSED_NONCE : REFUSED_BALANCE)
    store<i64>(frame, gas + createGas, F_GAS)
    u256.setZero(result)
    return RUN_ON
  }
  if (op == 0xf0) createAddress(frame + F_ADDRESS, nonce)
  else create2Address(frame + F_ADDRESS, sp - 128, initCode, <u32>length)
  const newId = getAccount(target)
  warmAccount(newId)
  setNonce(selfId, nonce + 1)
  traceEnter(op, frame + F_ADDRESS, target, initCode, <u32>length, createGas, value)
  if (isOccupied(newId)) {
    traceLoss(HALT_COLLISION, createGas)
    u256.setZero(result)
    return RUN_ON
  }
  const child = frameAt(depth + 1)
  store<u32>(child, <u32>journalMark(), F_JOURNAL_MARK)
  store<u32>(child, <u32>logsTop, F_LOGS_MARK)
  store<i64>(child, refundCounter, F_REFUND)
  store<i64>(child, createGas, F_GAS)
  store<u32>(child, op, F_KIND)
  store<u32>(child, 0, F_STATIC)
  u256.copy(frame + F_ADDRESS, child + F_CALLER)
  u256.copy(value, child + F_VALUE)
  const memoryTop = <usize>load<u32>(frame, F_MEMORY) + load<u32>(frame, F_MEMORY_SIZE)
  depth++
  return enterCreate(child, newId, selfId, initCode, <u32>length, memoryTop)
}

/** EIP-684, EIP-7610: an account with nonce, code or storage can't be created again. */
function isOccupied(id: u32): bool {
  if (isSpeculating) forbidSpeculation() // creations are the engine's
  const record = account(id)
  return (
    load<u64>(record, ACCOUNT_NONCE) != 0 ||
    load<u32>(record, ACCOUNT_CODE_ID) != 0 ||
    load<u32>(record, ACCOUNT_SLOT_COUNT) != 0 ||
    (load<u32>(record, ACCOUNT_FLAGS) & FLAG_BASE_STORAGE) != 0
  )
}

/** The init code is copied behind the caller's memory, with padding and its jump destinations; its memory follows. */
function enterCreate(child: usize, newId: u32, creator: u32, initCode: usize, length: u32, memoryTop: usize): i32 {
  const codeAt = memoryTop
  const jumps = codeAt + length + CODE_PADDING
  const memoryAt = (jumps + ((<usize>length + 8) >> 3) + 31) & ~31
  if (memoryAt > arenaEnd) fail(EVM_MEMORY_FULL)
  memory.copy(codeAt, initCode, length)
  memory.fill(codeAt + length, 0, CODE_PADDING)
  markJumpDestinations(codeAt, length, jumps)
  store<u32>(child, <u32>codeAt, F_CODE)
  store<u32>(child, length, F_CODE_LENGTH)
  store<u32>(child, <u32>jumps, F_JUMPS)
  store<u32>(child, 0, F_CODE_ID)
  store<u32>(child, compiledInitCode(codeAt, length), F_ENTRY)
  store<u32>(child, initCodeNative(), F_NATIVE)
  store<u32>(child, <u32>memoryAt, F_INPUT)
  store<u32>(child, 0, F_INPUT_LENGTH)
  store<u32>(child, 0, F_OUTPUT_LENGTH)
  store<u32>(child, newId, F_ACCOUNT)
  u256.copy(target, child + F_ADDRESS)
  prepareRun(child, memoryAt)
  markCreated(newId)
  setNonce(newId, 1)
  touch(newId)
  if (!u256.isZero(child + F_VALUE)) transfer(creator, newId, child + F_VALUE)
  return RUN_ON
}

/** CREATE: keccak256(rlp([sender, nonce])), last 20 bytes. The address word is left in `target`. */
function createAddress(sender: usize, nonce: u64): void {
  let at = writeListPrefix(21 + lengthOfU64(nonce), preimage)
  store<u8>(at, 0x94)
  wordToAddress(sender, at + 1)
  at = writeU64(nonce, at + 21)
  keccak256(preimage, <u32>(at - preimage), digest)
  addressToWord(digest + 12, target)
}

/** CREATE2, EIP-1014: keccak256(0xff ‖ sender ‖ salt ‖ keccak256(init code)), last 20 bytes. */
function create2Address(sender: usize, salt: usize, initCode: usize, length: u32): void {
  store<u8>(preimage, 0xff)
  wordToAddress(sender, preimage + 1)
  u256.fromBytes32(salt, preimage + 21)
  keccak256(initCode, length, preimage + 53)
  keccak256(preimage, 85, digest)
  addressToWord(digest + 12, target)
}

// ------------------------------------------------------------------------------------------------------- endings

/** The frame at `depth` ended with `code`: settles it and hands its result to the caller. */
function endFrame(frame: usize, ending: i32): i32 {
  const kind = load<u32>(frame, F_KIND)
  const isCreate = kind == 0xf0 || kind == 0xf5
  let code = ending
  let gas = load<i64>(frame, F_GAS)
  if (code == HALT_NEEDS_PARENT_HASH) return end(code, 0)

  if (code == EXIT_RETURN || code == EXIT_REVERT) {
    const from = <usize>load<u32>(frame, F_MEMORY) + load<u32>(frame, F_RETURN_OFFSET)
    const length = load<u32>(frame, F_RETURN_LENGTH)
    if (length == 0) clearReturnData()
    else setReturnData(from, length)
  } else if (code != EXIT_PRECOMPILE) clearReturnData()

  if (isCreate && (code == EXIT_RETURN || code == EXIT_STOP)) {
    const deposit = depositCode(load<u32>(frame, F_ACCOUNT), gas)
    if (deposit < 0) code = <i32>-deposit
    else gas = deposit
  }
  traceExit(frame, code, gas)

  const success = code == EXIT_STOP || code == EXIT_RETURN || code == EXIT_PRECOMPILE
  if (!success) {
    revertJournal(load<u32>(frame, F_JOURNAL_MARK))
    cutLogs(load<u32>(frame, F_LOGS_MARK))
    setRefundCounter(load<i64>(frame, F_REFUND))
    if (code != EXIT_REVERT) {
      gas = 0
      clearReturnData()
    }
  } else if (isCreate && depth != 0) clearReturnData()
  countGas(frame, gas)
  if (depth == 0) return end(code, gas)

  depth--
  const caller = frameAt(depth)
  store<i64>(caller, load<i64>(caller, F_GAS_CALLS) + load<i64>(frame, F_GAS_START) - gas, F_GAS_CALLS)
  store<i64>(caller, load<i64>(caller, F_GAS) + gas, F_GAS)
  const result = <usize>load<u32>(caller, F_SP) - 32
  if (isCreate) {
    if (success) u256.copy(frame + F_ADDRESS, result)
    else u256.setZero(result)
  } else {
    u256.setU64(success ? 1 : 0, result)
    const length = min<u32>(load<u32>(frame, F_OUTPUT_LENGTH), returnDataLength)
    const to = <usize>load<u32>(caller, F_MEMORY) + load<u32>(frame, F_OUTPUT_OFFSET)
    if (length != 0) copyBytes(to, returnData(), length)
  }
  return RUN_ON
}

function end(code: i32, gas: i64): i32 {
  outcome = code == EXIT_PRECOMPILE ? EXIT_RETURN : code
  gasAtEnd = gas
  return RUN_ENDED
}

/** Pays for and stores the code that init code returned. Returns the gas left, or minus a HALT_ code. */
function depositCode(accountId: u32, gas: i64): i64 {
  const length = returnDataLength
  if (length != 0 && load<u8>(returnData()) == 0xef) return -HALT_INVALID_CODE
  const left = gas - GAS_CODE_DEPOSIT_BYTE * <i64>length
  if (left < 0) return -HALT_CODE_STORE_OUT_OF_GAS
  if (length > MAX_CODE_SIZE) return -HALT_CODE_SIZE
  if (length != 0) setCode(accountId, putCode(returnData(), length))
  return left
}

// ------------------------------------------------------------------------------------------------- outermost frame

/** Prepares frame 0 for a call by a transaction. `sender` and `to` are accounts; the value is in the frame already. */
export function startCall(sender: u32, to: u32, toWord: usize, input: usize, inputLength: u32, gas: i64, top: usize): i32 {
  const frame = beginOutermost(0, gas)
  store<u32>(frame, <u32>input, F_INPUT)
  store<u32>(frame, inputLength, F_INPUT_LENGTH)
  store<u32>(frame, to, F_ACCOUNT)
  u256.copy(toWord, frame + F_ADDRESS)
  touch(to)
  if (!u256.isZero(frame + F_VALUE)) transfer(sender, to, frame + F_VALUE)
  traceEnter(0xf1, frame + F_CALLER, toWord, input, inputLength, gas, frame + F_VALUE)
  depth = -1
  const entered = enter(frame, precompileAt(toWord), executedCode(to), top)
  return entered == RUN_ENDED ? outcome : runFrames()
}

/** Prepares and runs frame 0 for a creation by a transaction. `nonce` is the sender's before it was raised. */
export function startCreate(sender: u32, nonce: u64, initCode: usize, length: u32, gas: i64, top: usize): i32 {
  const frame = beginOutermost(0xf0, gas)
  createAddress(frame + F_CALLER, nonce)
  const newId = getAccount(target)
  warmAccount(newId)
  depth = 0
  u256.copy(target, frame + F_ADDRESS)
  traceEnter(0xf0, frame + F_CALLER, target, initCode, length, gas, frame + F_VALUE)
  if (isOccupied(newId)) {
    traceLoss(HALT_COLLISION, gas)
    end(HALT_COLLISION, 0)
    return outcome
  }
  const entered = enterCreate(frame, newId, sender, initCode, length, top)
  return entered == RUN_ENDED ? outcome : runFrames()
}

function beginOutermost(kind: u32, gas: i64): usize {
  const frame = frameAt(0)
  store<u32>(frame, <u32>journalMark(), F_JOURNAL_MARK)
  store<u32>(frame, <u32>logsTop, F_LOGS_MARK)
  store<i64>(frame, refundCounter, F_REFUND)
  store<i64>(frame, gas, F_GAS)
  store<u32>(frame, kind, F_KIND)
  store<u32>(frame, 0, F_STATIC)
  store<u32>(frame, 0, F_OUTPUT_LENGTH)
  clearReturnData()
  resetNativeStack()
  return frame
}
