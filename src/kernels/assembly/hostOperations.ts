// Opcodes that read or write the state, with their access costs. Each takes the gas left and returns what is left after
// it, negative when it does not suffice.

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_STORAGE_ID,
  account,
  getAccount,
} from './accounts'
import { code, CODE_HASH, CODE_LENGTH, CODE_PTR } from './codes'
import { findSlot, getSlot, slot, SLOT_ORIGINAL, SLOT_VALUE } from './slots'
import {
  isEmptyAccount,
  rememberOriginal,
  setSlot,
  setTransientSlot,
  transientStorageId,
  warmAccount,
  warmSlot,
} from './journal'
import { forbidSpeculation, isSpeculating } from './overlay'
import { cells, ENV_FLAG_PARENT_HASH_PENDING, ENV_FLAGS, ENV_NUMBER, TX } from './layout'
import { TX_BLOB_HASH_COUNT, TX_BLOB_HASHES } from './transaction'
import { copyPadded } from './evmMemory'
import {
  GAS_CALL_STIPEND,
  GAS_COLD_ACCOUNT_ACCESS,
  GAS_COLD_SLOAD,
  GAS_STORAGE_RESET,
  GAS_STORAGE_SET,
  GAS_WARM_ACCESS,
  REFUND_STORAGE_CLEAR,
} from './gas'
import { maskAddress } from './address'
import * as u256 from './u256'

/** Number (as a float, exact below 2^53) to hash at `out`, big-endian. Returns 1 if known, 0 if not, 2 if not yet. */
// @ts-ignore: decorator
@external("host", "blockHash")
declare function hostBlockHash(number: f64, out: usize): u32

export const BLOCK_HASH_PENDING: u32 = 2
export const STORE_NEEDS_PARENT_HASH: i64 = -0x4000000000000000

/** EIP-3529 refund counter of the running transaction. */
export let refundCounter: i64 = 0

export function setRefundCounter(value: i64): void {
  refundCounter = value
}

@inline
export function accessCost(id: u32): i64 {
  return warmAccount(id) ? GAS_WARM_ACCESS : GAS_COLD_ACCOUNT_ACCESS
}

/** BALANCE (0x31). Replaces the address by its balance. EIP-2929. */
export function readBalance(top: usize, gas: i64): i64 {
  maskAddress(top)
  const id = getAccount(top)
  u256.copy(account(id) + ACCOUNT_BALANCE, top)
  return gas - accessCost(id)
}

/** EXTCODESIZE (0x3b). A delegation designator (EIP-7702) counts as the code that it is. */
export function accountCodeSize(top: usize, gas: i64): i64 {
  maskAddress(top)
  const id = getAccount(top)
  u256.setU64(load<u32>(code(load<u32>(account(id), ACCOUNT_CODE_ID)), CODE_LENGTH), top)
  return gas - accessCost(id)
}

/** EXTCODEHASH (0x3f). Zero for an empty account (EIP-1052, EIP-161). */
export function accountCodeHash(top: usize, gas: i64): i64 {
  maskAddress(top)
  const id = getAccount(top)
  if (isEmptyAccount(id)) u256.setZero(top)
  else u256.fromBytes32(code(load<u32>(account(id), ACCOUNT_CODE_ID)) + CODE_HASH, top)
  return gas - accessCost(id)
}

/** EXTCODECOPY (0x3c), after memory was expanded. */
export function accountCode(address: usize, to: usize, offset: usize, length: u32, gas: i64): i64 {
  maskAddress(address)
  const id = getAccount(address)
  const left = gas - accessCost(id)
  if (left < 0 || length == 0) return left
  const record = code(load<u32>(account(id), ACCOUNT_CODE_ID))
  copyPadded(to, load<u32>(record, CODE_PTR), load<u32>(record, CODE_LENGTH), offset, length)
  return left
}

/** BLOCKHASH (0x40): hashes of the 256 blocks before this one, else zero. */
export function blockHash(top: usize): u32 {
  const current = load<u64>(cells, ENV_NUMBER)
  const wanted = load<u64>(top)
  if (!u256.fitsU64(top) || wanted >= current || current - wanted > 256) {
    u256.setZero(top)
    return 0
  }
  if (wanted + 1 == current && (load<u32>(cells, ENV_FLAGS) & ENV_FLAG_PARENT_HASH_PENDING) != 0) return BLOCK_HASH_PENDING
  if (isSpeculating) forbidSpeculation() // hashes are asked of the engine's own host
  const answer = hostBlockHash(<f64>wanted, top)
  if (answer == 1) u256.fromBytes32(top, top)
  else if (answer == 0) u256.setZero(top)
  return answer
}

/** BLOBHASH (0x49), EIP-4844. Replaces the index by the hash. */
export function blobHash(top: usize): void {
  if (u256.fitsU64(top) && load<u64>(top) < load<u32>(cells, TX + TX_BLOB_HASH_COUNT)) {
    const hashes = <usize>load<u32>(cells, TX + TX_BLOB_HASHES)
    u256.fromBytes32(hashes + <usize>load<u32>(top) * 33 + 1, top)
  } else u256.setZero(top)
}

/**
 * SLOAD (0x54). Replaces the slot key on top of the stack by the slot's value.
 * Gas: 100 warm, 2100 cold (EIP-2929).
 */
export function sload(accountId: u32, top: usize, gas: i64): i64 {
  if (waitsForParentHash(accountId)) return STORE_NEEDS_PARENT_HASH
  const id = getSlot(load<u32>(account(accountId), ACCOUNT_STORAGE_ID), top)
  u256.copy(slot(id) + SLOT_VALUE, top)
  return gas - (warmSlot(id) ? GAS_WARM_ACCESS : GAS_COLD_SLOAD)
}

/** SSTORE (0x55): net gas metering with EIP-2200's stipend sentry, EIP-2929 access costs and EIP-3529 refunds. */
export function sstore(accountId: u32, key: usize, value: usize, gas: i64): i64 {
  if (gas <= GAS_CALL_STIPEND) return -1
  if (waitsForParentHash(accountId)) return STORE_NEEDS_PARENT_HASH
  const id = getSlot(load<u32>(account(accountId), ACCOUNT_STORAGE_ID), key)
  const record = slot(id)
  const left = warmSlot(id) ? gas : gas - GAS_COLD_SLOAD
  const current = record + SLOT_VALUE
  if (u256.eq(current, value)) return left - GAS_WARM_ACCESS
  rememberOriginal(record)
  const original = record + SLOT_ORIGINAL
  const cost = u256.eq(original, current)
    ? u256.isZero(original)
      ? GAS_STORAGE_SET
      : GAS_STORAGE_RESET
    : GAS_WARM_ACCESS
  if (left < cost) return -1
  refundCounter += storageRefund(original, current, value)
  setSlot(id, accountId, value)
  return left - cost
}

function storageRefund(original: usize, current: usize, value: usize): i64 {
  let refund: i64 = 0
  const originalIsZero = u256.isZero(original)
  if (!originalIsZero) {
    if (u256.isZero(value)) refund += REFUND_STORAGE_CLEAR
    if (u256.isZero(current)) refund -= REFUND_STORAGE_CLEAR
  }
  if (u256.eq(original, value)) {
    refund += (originalIsZero ? GAS_STORAGE_SET : GAS_STORAGE_RESET) - GAS_WARM_ACCESS
  }
  return refund
}

/** The history contract's storage (EIP-2935) is only readable once the parent's hash is in it. */
function waitsForParentHash(accountId: u32): bool {
  if ((load<u32>(cells, ENV_FLAGS) & ENV_FLAG_PARENT_HASH_PENDING) == 0) return false
  const record = account(accountId)
  return (
    load<u64>(record) == 0x335b175320002935 &&
    load<u64>(record, 8) == 0x27f1c53a10cb7a02 &&
    load<u32>(record, 16) == 0x0000f908
  )
}

/** TLOAD (0x5c), EIP-1153. */
export function tload(accountId: u32, top: usize): void {
  const id = findSlot(transientStorageId(accountId), top)
  if (id == 0) u256.setZero(top)
  else u256.copy(slot(id) + SLOT_VALUE, top)
}

/** TSTORE (0x5d), EIP-1153. */
export function tstore(accountId: u32, key: usize, value: usize): void {
  setTransientSlot(getSlot(transientStorageId(accountId), key), value)
}
