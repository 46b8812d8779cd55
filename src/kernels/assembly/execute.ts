// One transaction from its bytes to its receipt (Yellow Paper section 6).

import { copyBytes, zeroBytes } from './bytes'
import {
  arena,
  BLOCK_BLOOM,
  cells,
  ENV_BASE_FEE,
  ENV_BLOB_BASE_FEE,
  ENV_BLOB_GAS_USED,
  ENV_CHAIN_ID,
  ENV_COINBASE,
  ENV_CUMULATIVE_GAS,
  journalStart,
  logs,
  MODE_SIMULATE,
  MODE_SKIP_FEES,
  MODE_SYSTEM,
  output,
  outputEnd,
  RESULT_CREATED,
  RESULT_GAS_PEAK,
  RESULT_GAS_REFUNDED,
  RESULT_GAS_USED,
  RESULT_HALT,
  RESULT_KIND,
  RESULT_NEEDS_PARENT_HASH,
  RESULT_OUTPUT_LEN,
  RESULT_OUTPUT_PTR,
  RESULT_RECEIPT_LEN,
  RESULT_RECEIPT_PTR,
  RESULT_STATUS,
  TX,
  TX_AUTHORITIES_PTR,
  TX_BLOB_GAS,
  TX_GAS_PRICE,
  TX_MODE,
  TX_SENDER,
  TX_SENDER_ID,
} from './layout'
import {
  decodeTransaction,
  TX_ACCESS_LIST,
  TX_AUTHORIZATION_COUNT,
  TX_AUTHORIZATION_LIST,
  TX_DATA,
  TX_FLAG_CREATION,
  TX_FLAGS,
  TX_GAS_LIMIT,
  TX_TO,
  TX_TYPE,
  TX_VALUE,
} from './transaction'
import { floorGas, intrinsicGas, validateTransaction } from './validate'
import {
  account,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  ACCOUNT_STORAGE_ID,
  FLAG_EXISTS,
  getAccount,
  getUnseenAccount,
} from './accounts'
import { code, CODE_FLAG_DELEGATION, CODE_FLAGS, codeCount, dropCodesAfter, putCode } from './codes'
import { getSlot } from './slots'
import {
  addBalance,
  beginJournal,
  commitJournal,
  dirtyAccountsTop,
  dirtySlotsTop,
  discardSimulation,
  isEmptyAccount,
  revertJournal,
  setCode,
  setNonce,
  subBalance,
  touch,
  warmAccount,
  warmSlot,
} from './journal'
import { EXIT_RETURN, EXIT_STOP, F_ADDRESS, F_CALLER, F_VALUE, frameAt, HALT_NEEDS_PARENT_HASH } from './frame'
import { delegateOf, gasLeft, startCall, startCreate } from './calls'
import { refundCounter, setRefundCounter } from './hostOperations'
import { addLogsToBloom, beginLogs, logsTop } from './logs'
import { earnsUnseen, isSpeculating } from './overlay'
import { clearReturnData, returnData, returnDataLength } from './returnData'
import { REFUND_AUTHORIZATION } from './gas'
import { fail, OUTPUT_FULL } from './failure'
import { endStep, STEP_CHECK, STEP_RUN, STEP_SETTLE } from './steps'
import { modeOf } from './madeUpSignature'
import * as rlp from './rlp'
import { addressToWord } from './address'
import * as u256 from './u256'

const to: usize = memory.data(32, 16)
const word: usize = memory.data(32, 16)
const amount: usize = memory.data(32, 16)
const designator: usize = memory.data(24, 16)

/**
 * Executes the raw transaction of `sender` (20 bytes, big-endian). `authorities` has 21 bytes per authorization: 1 and
 * the address recovered from its signature, or 0. Everything that it leads to is in the RESULT cells.
 */
export function executeTransaction(raw: usize, rawLength: u32, sender: usize, authorities: usize): void {
  const refused = decodeTransaction(raw, rawLength, cells + TX, 0)
  if (refused != 0) {
    store<i32>(cells, refused, RESULT_KIND)
    return
  }
  addressToWord(sender, cells + TX_SENDER)
  store<u32>(cells, <u32>authorities, TX_AUTHORITIES_PTR)
  store<u32>(cells, modeOf(raw, rawLength, sender), TX_MODE)
  executePrepared()
  putReceipt()
}

/** Executes the message in the TX cells, with their mode, as a transaction of the block that needs no signature. */
export function executeMessage(): void {
  executePrepared()
  putReceipt()
}

function putReceipt(): void {
  if (load<i32>(cells, RESULT_KIND) != 0) return
  store<u32>(cells, <u32>output, RESULT_RECEIPT_PTR)
  store<u32>(cells, writeReceipt(output, outputEnd), RESULT_RECEIPT_LEN)
}

/** Executes what the TX cells say, in the mode that they say. */
export function executePrepared(): void {
  const mode = load<u32>(cells, TX_MODE)
  if ((mode & MODE_SIMULATE) == 0) beginJournal()
  setRefundCounter(0)
  beginLogs()
  clearReturnData()
  store<u32>(cells, getAccount(cells + TX_SENDER), TX_SENDER_ID)
  const refused = validateTransaction()
  if (refused != 0) store<i32>(cells, refused, RESULT_KIND)
  else run()
}

let simulationAccountsMark: usize = 0
let simulationSlotsMark: usize = 0
let simulationCodesMark: u32 = 0

/** Starts a simulation: what is changed from here to endSimulation, overrides included, leaves no trace. */
export function beginSimulation(): void {
  simulationAccountsMark = dirtyAccountsTop
  simulationSlotsMark = dirtySlotsTop
  simulationCodesMark = codeCount()
  beginJournal()
}

export function endSimulation(): void {
  discardSimulation(simulationAccountsMark, simulationSlotsMark)
  dropCodesAfter(simulationCodesMark)
}

/** Ends a simulation and keeps what it has changed; it has replaced no storage. */
export function keepSimulation(): void {
  commitJournal()
}

function run(): void {
  const tx = cells + TX
  const mode = load<u32>(cells, TX_MODE)
  const sender = load<u32>(cells, TX_SENDER_ID)
  const gasLimit = load<u64>(tx, TX_GAS_LIMIT)
  const nonce = load<u64>(account(sender), ACCOUNT_NONCE)
  if ((mode & MODE_SKIP_FEES) == 0) buyGas(sender, gasLimit)
  buyBlobGas(sender)
  if ((mode & MODE_SIMULATE) == 0 || nonce != 0xffffffffffffffff) setNonce(sender, nonce + 1)
  warmAccount(sender)
  warmAccount(getUnseenAccount(cells + ENV_COINBASE)) // EIP-3651
  warmAccessList()
  if (load<u32>(tx, TX_TYPE) == 4) applyAuthorizations()
  const codesBefore = codeCount()

  endStep(STEP_CHECK)
  const ending = runOutermost(sender, nonce, <i64>(gasLimit - intrinsicGas))
  endStep(STEP_RUN)
  if (ending == HALT_NEEDS_PARENT_HASH) {
    revertJournal(journalStart)
    store<i32>(cells, RESULT_NEEDS_PARENT_HASH, RESULT_KIND)
    return
  }
  const gasUsed = settleGas(sender, gasLimit)
  writeResult(ending, gasUsed)
  if (load<u32>(cells, RESULT_STATUS) == 0 && !isSpeculating) dropCodesAfter(codesBefore)
  if ((mode & MODE_SIMULATE) != 0) return
  commitJournal()
  store<u64>(cells, load<u64>(cells, ENV_CUMULATIVE_GAS) + gasUsed, ENV_CUMULATIVE_GAS)
  store<u64>(cells, load<u64>(cells, ENV_BLOB_GAS_USED) + load<u64>(cells, TX_BLOB_GAS), ENV_BLOB_GAS_USED)
  endStep(STEP_SETTLE)
}

function buyGas(sender: u32, gasLimit: u64): void {
  u256.setU64(gasLimit, word)
  u256.mul(cells + TX_GAS_PRICE, word, amount)
  subBalance(sender, amount)
}

function buyBlobGas(sender: u32): void {
  const blobGas = load<u64>(cells, TX_BLOB_GAS)
  if (blobGas == 0) return
  u256.setU64(blobGas, word)
  u256.mul(cells + ENV_BLOB_BASE_FEE, word, amount)
  subBalance(sender, amount)
}

function runOutermost(sender: u32, nonce: u64, gas: i64): i32 {
  const tx = cells + TX
  const frame = frameAt(0)
  u256.copy(cells + TX_SENDER, frame + F_CALLER)
  u256.copy(tx + TX_VALUE, frame + F_VALUE)
  const data = <usize>load<u32>(tx, TX_DATA)
  const dataLength = load<u32>(tx, TX_DATA + 4)
  if ((load<u32>(tx, TX_FLAGS) & TX_FLAG_CREATION) != 0) return startCreate(sender, nonce, data, dataLength, gas, arena)
  addressToWord(tx + TX_TO, to)
  const toId = getAccount(to)
  warmAccount(toId)
  const delegate = delegateOf(toId)
  if (delegate != 0) warmAccount(delegate)
  return startCall(sender, toId, to, data, dataLength, gas, arena)
}

/** EIP-2930: what the access list names is warm from the start. */
function warmAccessList(): void {
  const tx = cells + TX
  let at = <usize>load<u32>(tx, TX_ACCESS_LIST)
  const end = at + load<u32>(tx, TX_ACCESS_LIST + 4)
  while (at < end) {
    rlp.readItem(at, end)
    const entryEnd = rlp.itemEnd
    const address = rlp.itemStart
    addressToWord(address + 1, word)
    const id = getAccount(word)
    warmAccount(id)
    rlp.readItem(address + 21, entryEnd)
    for (let key = rlp.itemStart; key < entryEnd; key += 33) {
      u256.fromBytes32(key + 1, word)
      warmSlot(getSlot(load<u32>(account(id), ACCOUNT_STORAGE_ID), word))
    }
    at = entryEnd
  }
}

// ------------------------------------------------------------------------------------------------------- EIP-7702

function applyAuthorizations(): void {
  const tx = cells + TX
  const count = load<u32>(tx, TX_AUTHORIZATION_COUNT)
  let at = <usize>load<u32>(tx, TX_AUTHORIZATION_LIST)
  const end = at + load<u32>(tx, TX_AUTHORIZATION_LIST + 4)
  const authorities = <usize>load<u32>(cells, TX_AUTHORITIES_PTR)
  for (let i: u32 = 0; i < count; i++) {
    rlp.readItem(at, end)
    const tupleEnd = rlp.itemEnd
    applyAuthorization(rlp.itemStart, tupleEnd, authorities + <usize>i * 21)
    at = tupleEnd
  }
}

/** One tuple [chain id, address, nonce, …]; a tuple that does not hold is passed over. */
function applyAuthorization(tuple: usize, end: usize, authority: usize): void {
  rlp.readItem(tuple, end)
  u256.fromBytes(rlp.itemStart, rlp.itemLength, word)
  if (!u256.isZero(word) && !u256.eq(word, cells + ENV_CHAIN_ID)) return
  const delegate = rlp.itemEnd + 1
  rlp.readItem(delegate + 20, end)
  u256.fromBytes(rlp.itemStart, rlp.itemLength, word)
  const nonce = load<u64>(word)
  if (!u256.fitsU64(word) || nonce == 0xffffffffffffffff || load<u8>(authority) == 0) return
  addressToWord(authority + 1, word)
  const id = getAccount(word)
  warmAccount(id)
  const record = account(id)
  const codeId = load<u32>(record, ACCOUNT_CODE_ID)
  if (codeId != 0 && (load<u32>(code(codeId), CODE_FLAGS) & CODE_FLAG_DELEGATION) == 0) return
  if (load<u64>(record, ACCOUNT_NONCE) != nonce) return
  const exists = (load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) != 0 || !isEmptyAccount(id)
  if (exists) setRefundCounter(refundCounter + REFUND_AUTHORIZATION)
  setCode(id, delegationCode(delegate))
  setNonce(id, nonce + 1)
  touch(id)
}

/** Code number of 0xef0100 ‖ address; the zero address clears. */
function delegationCode(delegate: usize): u32 {
  if ((load<u64>(delegate) | load<u64>(delegate, 8) | <u64>load<u32>(delegate, 16)) == 0) return 0
  store<u8>(designator, 0xef)
  store<u8>(designator, 1, 1)
  store<u8>(designator, 0, 2)
  memory.copy(designator + 3, delegate, 20)
  return putCode(designator, 23)
}

// ------------------------------------------------------------------------------------------------------------ gas

/** Refunds (EIP-3529), calldata floor (EIP-7623), the sender's rest and the coinbase's fee. Returns the gas used. */
function settleGas(sender: u32, gasLimit: u64): u64 {
  const mode = load<u32>(cells, TX_MODE)
  let used = gasLimit - <u64>gasLeft()
  const refund = min<u64>(used / 5, <u64>max<i64>(refundCounter, 0))
  store<u64>(cells, refund, RESULT_GAS_REFUNDED)
  store<u64>(cells, max<u64>(used, floorGas), RESULT_GAS_PEAK)
  used -= refund
  if (used < floorGas) used = floorGas
  if ((mode & MODE_SKIP_FEES) != 0) return used
  const price = cells + TX_GAS_PRICE
  u256.setU64(gasLimit - used, word)
  u256.mul(price, word, amount)
  addBalance(sender, amount)
  u256.sub(price, cells + ENV_BASE_FEE, amount)
  u256.setU64(used, word)
  u256.mul(amount, word, amount)
  const coinbase = getUnseenAccount(cells + ENV_COINBASE)
  if (isSpeculating && earnsUnseen(coinbase)) return used
  addBalance(coinbase, amount)
  touch(coinbase)
  return used
}

/** The fee (a word) that the last transaction owes to the coinbase. */
export function feeOfLast(): usize {
  return amount
}

// -------------------------------------------------------------------------------------------------------- results

function writeResult(ending: i32, gasUsed: u64): void {
  store<i32>(cells, 0, RESULT_KIND)
  store<u32>(cells, ending == EXIT_STOP || ending == EXIT_RETURN ? 1 : 0, RESULT_STATUS)
  store<u64>(cells, gasUsed, RESULT_GAS_USED)
  store<u32>(cells, ending, RESULT_HALT)
  store<u32>(cells, <u32>returnData(), RESULT_OUTPUT_PTR)
  store<u32>(cells, returnDataLength, RESULT_OUTPUT_LEN)
  if ((load<u32>(cells + TX, TX_FLAGS) & TX_FLAG_CREATION) != 0) u256.copy(frameAt(0) + F_ADDRESS, cells + RESULT_CREATED)
  else u256.setZero(cells + RESULT_CREATED)
}

/**
 * Writes the EIP-2718 consensus receipt of the transaction that has just been executed to `at`: type ‖ rlp([status,
 * cumulative gas, bloom, logs]); its bloom also goes into the block's. Returns its length; it may not reach `end`.
 */
export function writeReceipt(at: usize, end: usize): u32 {
  const logsLength = <u32>(logsTop - logs)
  const cumulative = load<u64>(cells, ENV_CUMULATIVE_GAS)
  const payload = 1 + rlp.lengthOfU64(cumulative) + 259 + rlp.prefixLength(logsLength) + logsLength
  if (at + payload + 16 > end) fail(OUTPUT_FULL)
  const start = at
  const type = load<u32>(cells + TX, TX_TYPE)
  if (type != 0) store<u8>(at++, <u8>type)
  at = rlp.writeListPrefix(payload, at)
  store<u8>(at, load<u32>(cells, RESULT_STATUS) != 0 ? 1 : 0x80)
  at = rlp.writeU64(cumulative, at + 1)
  at = writeBloom(at)
  at = rlp.writeListPrefix(logsLength, at)
  copyBytes(at, logs, logsLength)
  return <u32>(at + logsLength - start)
}

/** The bloom filter of the transaction's logs, as an RLP string. Returns where it ends. */
function writeBloom(at: usize): usize {
  store<u8>(at, 0xb9) // more than 55 bytes: the length, in two bytes, comes first
  store<u16>(at, 0x0001, 1)
  const bloom = at + 3
  zeroBytes(bloom, 256)
  if (logsTop != logs) {
    addLogsToBloom(bloom)
    for (let i: usize = 0; i < 256; i += 16) {
      const cell = cells + BLOCK_BLOOM + i
      v128.store(cell, v128.or(v128.load(cell), v128.load(bloom + i)))
    }
  }
  return bloom + 256
}

// --------------------------------------------------------------------------------------------------- system calls

/**
 * A call by the protocol itself (EIP-4788, 2935, 7002, 7251): from TX_SENDER to TX_TO with the call data and gas of the
 * TX cells; no checks, no fees, no nonce. Its logs and its gas count nowhere.
 */
export function executeSystemCall(): void {
  const tx = cells + TX
  beginJournal()
  setRefundCounter(0)
  beginLogs()
  store<u32>(cells, MODE_SYSTEM, TX_MODE)
  u256.setZero(cells + TX_GAS_PRICE)
  const frame = frameAt(0)
  u256.copy(cells + TX_SENDER, frame + F_CALLER)
  u256.setZero(frame + F_VALUE)
  addressToWord(tx + TX_TO, to)
  const sender = getAccount(cells + TX_SENDER)
  const data = <usize>load<u32>(tx, TX_DATA)
  const gas = load<i64>(tx, TX_GAS_LIMIT)
  const ending = startCall(sender, getAccount(to), to, data, load<u32>(tx, TX_DATA + 4), gas, arena)
  writeResult(ending, <u64>(gas - gasLeft()))
  commitJournal()
}
