// The engine kernel's door to JavaScript. Addresses and values cross as big-endian bytes in the input region or as cells
// of layout.ts; results lie in the RESULT cells and the output region.

import { BLOCK_BLOOM, cells, ENV_FORK, input, inputEnd, layOut, output, recordLimit, records, speculation } from './layout'
import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  ACCOUNT_SLOT_COUNT,
  ACCOUNT_STORAGE_ID,
  account,
  accountCount,
  accountLimit,
  findAccount,
  FLAG_BASE_STORAGE,
  FLAG_EXISTS,
  getAccount,
} from './accounts'
import { coldLimit } from './cold'
import { keepSlots, moveOut } from './moveOut'
import { getSlot, readSlot, recentSlots, slot, SLOT_VALUE, slotCount, slotLimit, slotLimitHere } from './slots'
import { code, CODE_HASH, CODE_LENGTH, CODE_PTR, codeCount, putCode, resetCodes } from './codes'
import {
  clearStorage,
  deleteAccount,
  dirtyAccountsTop,
  dirtySlotsTop,
  endEpoch,
  isEmptyAccount,
  replaceStorage,
  revertJournal,
  rollBackEpoch,
  setBalance,
  setCode,
  setNonce,
  setSlot,
  writeAccount,
  writeSlot,
} from './journal'
import { dirtyAccountsStart, dirtySlotsStart, journalStart } from './layout'
import { setOpcodeTable } from './gas'
import { emptyTables, seedTables } from './tables'
import { initInterpreter } from './interpreter'
import { addressToWord } from './address'
import * as u256 from './u256'
import { emptyChunk } from './batch'
import { resetHashQueue } from './hashQueue'
import { resetMappingPatterns } from './mappingPattern'
import { executeTransaction as executeRaw } from './execute'

export { listAddresses, listSlotKeys, slotNumbersTaken } from './listing'
export { readAccounts, readSlots } from './readMany'
export { chunkAddress, emptyChunk, executeBatch } from './batch'
export { mappingMisses } from './mappingHash'
export { applyDiff, applyDiffWithUndo, peekDiff, takeDiff } from './diff'
export { beLazy } from './lazyState'
export { movePrecompile, precompileNumberAt, resetPrecompiles } from './precompiles'
export {
  beginSimulation,
  endSimulation,
  executeMessage,
  executePrepared,
  executeSystemCall,
  keepSimulation,
} from './execute'
export { accountCount, accountLimit, codeCount, keepSlots, slotCount, slotLimit }
export { beginGroup, emptyOverlay, speculate, speculationAddress } from './speculate'
export * from './compiledSupport'
export { findAccountRecord, findSlotRecord } from './tracing'
export {
  codeRecord,
  codeWithHash,
  coolDown,
  forgetCompiled,
  gasOfCompiled,
  gasOfInterpreter,
  setCompiled,
  setTier,
} from './tiers'

const word: usize = memory.data(32, 16)
const address: usize = memory.data(32, 16)

/** Lays out `total` bytes of memory; the seeds make the hash tables of this process unpredictable. */
export function init(
  total: u32, arenaBytes: u32, speculators: u32, s0: f64, s1: f64, s2: f64, s3: f64,
): void {
  layOut(total, arenaBytes, speculators)
  seedTables(s0, s1, s2, s3)
  initInterpreter()
  resetHashQueue()
  reset()
  keepSlots((slotLimitHere() / 16) * 15)
}

/** Empties all tables. */
export function reset(): void {
  emptyTables()
  resetCodes()
  emptyChunk()
  resetMappingPatterns()
}

export function cellsAddress(): u32 {
  return <u32>cells
}
export function inputAddress(): u32 {
  return <u32>input
}
export function inputLimit(): u32 {
  return <u32>(inputEnd - input)
}
/** 0 in an engine without speculators. */
export function speculationRegion(): u32 {
  return <u32>speculation
}
export function outputAddress(): u32 {
  return <u32>output
}
export function recordsLimit(): u32 {
  return recordLimit - 1 + coldLimit
}
export function recordsAddress(): u32 {
  return <u32>records
}
export function recentSlotsAddress(): u32 {
  return <u32>recentSlots
}

/** Takes over the environment that JavaScript wrote to the ENV cells. */
export function beginBlock(): void {
  setOpcodeTable(load<u32>(cells, ENV_FORK))
  memory.fill(cells + BLOCK_BLOOM, 0, 256)
}

// -------------------------------------------------------------------------------------------------------- reading

/** Writes nonce 8 (big-endian), balance 32, code hash 32 to `out`. Returns false where no such account exists. */
export function readAccount(addressAt: usize, out: usize): bool {
  addressToWord(addressAt, address)
  const id = findAccount(address)
  if (id == 0) return false
  const record = account(id)
  if ((load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) == 0) return false
  store<u64>(out, bswap<u64>(load<u64>(record, ACCOUNT_NONCE)))
  u256.fromBytes32(record + ACCOUNT_BALANCE, out + 8)
  memory.copy(out + 40, code(load<u32>(record, ACCOUNT_CODE_ID)) + CODE_HASH, 32)
  return true
}

/** Whether a slot of the account is not zero; in a lazy engine: may be. */
export function hasStorage(addressAt: usize): bool {
  addressToWord(addressAt, address)
  const record = account(findAccount(address)) // number 0: nobody, without slots
  return load<u32>(record, ACCOUNT_SLOT_COUNT) != 0 || (load<u32>(record, ACCOUNT_FLAGS) & FLAG_BASE_STORAGE) != 0
}

/** Writes the slot's value, big-endian, to `out`. */
export function readStorage(addressAt: usize, keyAt: usize, out: usize): void {
  addressToWord(addressAt, address)
  u256.fromBytes32(keyAt, word)
  const accountId = findAccount(address)
  if (accountId == 0) u256.setZero(out)
  else {
    readSlot(accountId, word, word)
    u256.fromBytes32(word, out)
  }
}

/** Writes the u32 address and u32 length of the account's code to `out`. */
export function readCode(addressAt: usize, out: usize): void {
  addressToWord(addressAt, address)
  const id = findAccount(address)
  const record = code(id == 0 ? 0 : load<u32>(account(id), ACCOUNT_CODE_ID))
  store<u32>(out, load<u32>(record, CODE_PTR))
  store<u32>(out, load<u32>(record, CODE_LENGTH), 4)
}

// -------------------------------------------------------------------------------------------------------- writing

/** Sets an account outside of transactions. `from`: nonce 8 and balance 32, big-endian, then the code. */
export function putAccount(addressAt: usize, from: usize, codeLength: u32): void {
  const alone = nothingDirty()
  addressToWord(addressAt, address)
  u256.fromBytes32(from + 8, word)
  writeAccount(getAccount(address), bswap<u64>(load<u64>(from)), word, putCode(from + 40, codeLength))
  if (alone) endEpoch()
}

export function putStorage(addressAt: usize, keyAt: usize, valueAt: usize): void {
  const alone = nothingDirty()
  moveOut()
  addressToWord(addressAt, address)
  const accountId = getAccount(address)
  u256.fromBytes32(keyAt, word)
  const id = getSlot(accountId, word)
  u256.fromBytes32(valueAt, word)
  writeSlot(id, accountId, word)
  if (alone) endEpoch()
}

/** Makes all slots of an account zero. */
export function emptyStorage(addressAt: usize): void {
  const alone = nothingDirty()
  addressToWord(addressAt, address)
  clearStorage(getAccount(address))
  if (alone) endEpoch()
}

/** Outside of a diff, each write stands for itself and the diff stays empty. */
function nothingDirty(): bool {
  return dirtyAccountsTop == dirtyAccountsStart && dirtySlotsTop == dirtySlotsStart
}

/** Adds to a balance outside of transactions (a withdrawal); a part of the next diff. */
export function creditAccount(addressAt: usize, amountAt: usize): void {
  addressToWord(addressAt, address)
  const id = getAccount(address)
  const record = account(id)
  u256.fromBytes32(amountAt, word)
  u256.add(record + ACCOUNT_BALANCE, word, word)
  writeAccount(id, load<u64>(record, ACCOUNT_NONCE), word, load<u32>(record, ACCOUNT_CODE_ID))
}


/** EIP-161 for a withdrawal of nothing: an empty account goes, and none is made. */
export function dropIfEmpty(addressAt: usize): void {
  addressToWord(addressAt, address)
  const id = findAccount(address)
  if (id == 0 || !isEmptyAccount(id)) return
  const record = account(id)
  if ((load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) != 0) deleteAccount(id, record)
}

/** A lazy engine only: its base has failed in the midst of a transaction, of which nothing stays. */
export function abandonTransaction(): void {
  revertJournal(journalStart)
}

/** Undoes everything since the last diff. */
export function rollBack(): void {
  rollBackEpoch()
}

// --------------------------------------------------------------------------------- overrides, inside a simulation

export function overrideBalance(addressAt: usize, valueAt: usize): void {
  addressToWord(addressAt, address)
  u256.fromBytes32(valueAt, word)
  setBalance(getAccount(address), word)
}

export function overrideNonce(addressAt: usize, nonceAt: usize): void {
  addressToWord(addressAt, address)
  setNonce(getAccount(address), bswap<u64>(load<u64>(nonceAt)))
}

/** Returns the code's number. */
export function overrideCode(addressAt: usize, codeAt: usize, length: u32): u32 {
  addressToWord(addressAt, address)
  const codeId = putCode(codeAt, length)
  setCode(getAccount(address), codeId)
  return codeId
}

/** Empties the account's storage for this simulation. */
export function overrideStorage(addressAt: usize): void {
  addressToWord(addressAt, address)
  replaceStorage(getAccount(address))
}

export function overrideSlot(addressAt: usize, keyAt: usize, valueAt: usize): void {
  addressToWord(addressAt, address)
  const accountId = getAccount(address)
  u256.fromBytes32(keyAt, word)
  const id = getSlot(load<u32>(account(accountId), ACCOUNT_STORAGE_ID), word)
  u256.fromBytes32(valueAt, word)
  if (!u256.eq(slot(id) + SLOT_VALUE, word)) setSlot(id, accountId, word)
}

// ------------------------------------------------------------------------------------------------------ executing

export function executeTransaction(at: usize, length: u32, sender: usize, authorities: usize): void {
  executeRaw(at, length, sender, authorities)
}
