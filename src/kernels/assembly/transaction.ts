/*
 * Decodes signed transactions: legacy (with or without EIP-155), EIP-2930, 1559, 4844 (as it stands in a block, without
 * its side-car) and 7702. Strict: canonical RLP, exact field sizes, every byte used, signature numbers in range. What
 * needs the chain or the block (chain id, fees, fork, versions of blob hashes) is the caller's.
 */
import { keccak256 } from './keccak'
import * as rlp from './rlp'
import { TransactionError } from './transactionError'
import * as u256 from './u256'

// Offsets in the decoded transaction, which has TX_SIZE bytes. u256 are limbs, pointers point into the raw bytes.
export const TX_TYPE: usize = 0 // u32
export const TX_FLAGS: usize = 4 // u32
export const TX_NONCE: usize = 8 // u64
export const TX_GAS_LIMIT: usize = 16 // u64
export const TX_CHAIN_ID: usize = 24 // u64
export const TX_TO: usize = 32 // 20 bytes, then 12 zeros
export const TX_VALUE: usize = 64 // u256
export const TX_MAX_FEE: usize = 96 // u256; the gas price of types 0 and 1
export const TX_PRIORITY_FEE: usize = 128 // u256; the gas price of types 0 and 1
export const TX_MAX_BLOB_FEE: usize = 160 // u256
export const TX_DATA: usize = 192 // u32 pointer, u32 length
export const TX_ACCESS_LIST: usize = 200 // u32 pointer, u32 length: payload of the outer list
export const TX_ACCESS_LIST_ADDRESS_COUNT: usize = 208 // u32
export const TX_ACCESS_LIST_KEY_COUNT: usize = 212 // u32
export const TX_BLOB_HASHES: usize = 216 // u32 pointer: payload, each item 0xa0 and 32 bytes
export const TX_BLOB_HASH_COUNT: usize = 220 // u32
export const TX_AUTHORIZATION_LIST: usize = 224 // u32 pointer, u32 length: payload of the outer list
export const TX_AUTHORIZATION_COUNT: usize = 232 // u32
export const TX_Y_PARITY: usize = 236 // u32
export const TX_R: usize = 240 // u256
export const TX_S: usize = 272 // u256
export const TX_SIGNING_HASH: usize = 304 // 32 bytes
export const TX_HASH: usize = 336 // 32 bytes
export const TX_SIZE: usize = 384

/** Bits of TX_FLAGS. */
export const TX_FLAG_CREATION: u32 = 1
export const TX_FLAG_CHAIN_ID: u32 = 2

/** Order of the secp256k1 group (SEC 2), and its half (EIP-2). */
const SECP256K1_N: usize = memory.data<u64>([
  0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff,
])
const SECP256K1_HALF_N: usize = memory.data<u64>([
  0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff,
])

/** Number of fields of each type, signature included. */
const FIELD_COUNTS: usize = memory.data<u8>([9, 11, 12, 14, 13])

/** The `v` of a legacy transaction, and integers that are checked but not kept. */
const NUMBER: usize = memory.data(32, 16)

/** Where reading stands, and the first failure: what is taken after it has no meaning. */
let cursor: usize = 0
let end: usize = 0
let failure: i32 = 0

/** What the sender of the transaction that was decoded last has signed of it. */
let signedFields: usize = 0
let signedFieldsEnd: usize = 0

/**
 * Decodes the EIP-2718 envelope of `rawLength` bytes at `raw` into the TX_SIZE bytes at `tx`. `scratch` has room for
 * rawLength + 64 bytes; where it is 0, both hashes are left out. Returns 0 or a TransactionError; `tx` is then undefined.
 */
export function decodeTransaction(raw: usize, rawLength: u32, tx: usize, scratch: usize): i32 {
  memory.fill(tx, 0, TX_SIZE)
  if (rawLength == 0) return TransactionError.RLP_TOO_SHORT
  const first = load<u8>(raw) as u32
  if (first - 1 >= 4 && first < 0xc0) {
    return first < 0x80 ? TransactionError.TYPE_NOT_SUPPORTED : TransactionError.NOT_A_LIST
  }
  const type = first < 0xc0 ? first : 0
  store<u32>(tx, type, TX_TYPE)
  failure = openFields(type, type == 0 ? raw : raw + 1, raw + rawLength)
  signedFields = cursor
  takeFields(type, tx)
  signedFieldsEnd = cursor
  takeSignature(type, tx)
  if (failure != 0) return failure

  if (scratch == 0) return TransactionError.NONE
  keccak256(raw, rawLength, tx + TX_HASH)
  keccak256(scratch, writeUnsigned(tx, scratch), tx + TX_SIGNING_HASH)
  return TransactionError.NONE
}

/** Sets the cursor to the first field, after a check of all fields' prefixes and their number. */
function openFields(type: u32, at: usize, rawEnd: usize): i32 {
  const error = rlp.readItem(at, rawEnd)
  if (error != 0) return error
  if (!rlp.itemIsList) return TransactionError.NOT_A_LIST
  if (rlp.itemEnd != rawEnd) return TransactionError.RLP_TRAILING_BYTES
  cursor = rlp.itemStart
  end = rawEnd
  let count: u32 = 0
  for (let field = cursor; field < end; field = rlp.itemEnd) {
    const fieldError = rlp.readItem(field, end)
    if (fieldError != 0) return fieldError
    if (count == 0 && type == 3 && rlp.itemIsList) return TransactionError.FULL_BLOBS
    count++
  }
  const expected = load<u8>(FIELD_COUNTS + type) as u32
  if (count < expected) return TransactionError.TOO_FEW_FIELDS
  return count > expected ? TransactionError.TOO_MANY_FIELDS : TransactionError.NONE
}

/** All fields but the signature, in the order on the wire. */
function takeFields(type: u32, tx: usize): void {
  if (type != 0) {
    store<u64>(tx, takeU64(TransactionError.CHAIN_ID_OVERFLOW, TransactionError.CHAIN_ID_LEADING_ZEROS), TX_CHAIN_ID)
    addFlag(tx, TX_FLAG_CHAIN_ID)
  }
  store<u64>(tx, takeU64(TransactionError.NONCE_OVERFLOW, TransactionError.NONCE_LEADING_ZEROS), TX_NONCE)
  if (type >= 2) {
    takeU256(tx + TX_PRIORITY_FEE, TransactionError.PRIORITY_FEE_OVERFLOW, TransactionError.PRIORITY_FEE_LEADING_ZEROS)
    takeU256(tx + TX_MAX_FEE, TransactionError.MAX_FEE_OVERFLOW, TransactionError.MAX_FEE_LEADING_ZEROS)
  } else {
    takeU256(tx + TX_MAX_FEE, TransactionError.GAS_PRICE_OVERFLOW, TransactionError.GAS_PRICE_LEADING_ZEROS)
    u256.copy(tx + TX_MAX_FEE, tx + TX_PRIORITY_FEE)
  }
  store<u64>(tx, takeU64(TransactionError.GAS_LIMIT_OVERFLOW, TransactionError.GAS_LIMIT_LEADING_ZEROS), TX_GAS_LIMIT)
  takeRecipient(tx)
  takeU256(tx + TX_VALUE, TransactionError.VALUE_OVERFLOW, TransactionError.VALUE_LEADING_ZEROS)
  takeBytes(TransactionError.DATA_IS_LIST)
  storePayload(tx + TX_DATA)
  if (type != 0) takeAccessList(tx)
  if (type == 3) takeBlobFields(tx)
  if (type == 4) takeAuthorizationList(tx)
}

function takeRecipient(tx: usize): void {
  const length = takeBytes(TransactionError.TO_IS_LIST)
  if (failure != 0) return
  if (length == 0) {
    const type = load<u32>(tx, TX_TYPE)
    if (type == 3) failure = TransactionError.BLOB_CREATION
    if (type == 4) failure = TransactionError.SET_CODE_CREATION
    addFlag(tx, TX_FLAG_CREATION)
    return
  }
  checkSize(20, TransactionError.TO_TOO_SHORT, TransactionError.TO_TOO_LONG)
  if (failure == 0) memory.copy(tx + TX_TO, rlp.itemStart, 20)
}

/** EIP-2930: a list of [address, [storage key, ...]]. */
function takeAccessList(tx: usize): void {
  takeList(TransactionError.ACCESS_LIST_FORMAT)
  storePayload(tx + TX_ACCESS_LIST)
  const outerEnd = enterList()
  let addressCount: u32 = 0
  let keyCount: u32 = 0
  while (hasMore()) {
    takeList(TransactionError.ACCESS_LIST_FORMAT)
    const entryEnd = enterList()
    requireMore(TransactionError.ACCESS_LIST_FORMAT)
    takeBytes(TransactionError.ACCESS_LIST_FORMAT)
    checkSize(20, TransactionError.ACCESS_LIST_ADDRESS_TOO_SHORT, TransactionError.ACCESS_LIST_ADDRESS_TOO_LONG)
    requireMore(TransactionError.ACCESS_LIST_FORMAT)
    takeList(TransactionError.ACCESS_LIST_FORMAT)
    const keysEnd = enterList()
    for (; hasMore(); keyCount++) {
      takeBytes(TransactionError.ACCESS_LIST_FORMAT)
      checkSize(32, TransactionError.ACCESS_LIST_KEY_TOO_SHORT, TransactionError.ACCESS_LIST_KEY_TOO_LONG)
    }
    leaveList(keysEnd, TransactionError.ACCESS_LIST_FORMAT)
    leaveList(entryEnd, TransactionError.ACCESS_LIST_FORMAT)
    addressCount++
  }
  leaveList(outerEnd, TransactionError.ACCESS_LIST_FORMAT)
  store<u32>(tx, addressCount, TX_ACCESS_LIST_ADDRESS_COUNT)
  store<u32>(tx, keyCount, TX_ACCESS_LIST_KEY_COUNT)
}

/** EIP-4844: max_fee_per_blob_gas and blob_versioned_hashes. */
function takeBlobFields(tx: usize): void {
  takeU256(tx + TX_MAX_BLOB_FEE, TransactionError.BLOB_FEE_OVERFLOW, TransactionError.BLOB_FEE_LEADING_ZEROS)
  takeList(TransactionError.BLOB_HASHES_FORMAT)
  store<u32>(tx, rlp.itemStart as u32, TX_BLOB_HASHES)
  const outerEnd = enterList()
  let count: u32 = 0
  for (; hasMore(); count++) {
    takeBytes(TransactionError.BLOB_HASHES_FORMAT)
    checkSize(32, TransactionError.BLOB_HASH_SIZE, TransactionError.BLOB_HASH_SIZE)
  }
  leaveList(outerEnd, TransactionError.BLOB_HASHES_FORMAT)
  if (failure == 0 && count == 0) failure = TransactionError.NO_BLOBS
  store<u32>(tx, count, TX_BLOB_HASH_COUNT)
}

/**
 * EIP-7702: a list of [chain id, address, nonce, y parity, r, s]. Only the sizes count here: a signature that is no
 * good makes its authorization void, not the transaction.
 */
function takeAuthorizationList(tx: usize): void {
  takeList(TransactionError.AUTHORIZATION_FORMAT)
  storePayload(tx + TX_AUTHORIZATION_LIST)
  const outerEnd = enterList()
  let count: u32 = 0
  for (; hasMore(); count++) {
    takeList(TransactionError.AUTHORIZATION_FORMAT)
    const tupleEnd = enterList()
    takeAuthorizationInteger(32)
    requireMore(TransactionError.AUTHORIZATION_FORMAT)
    takeBytes(TransactionError.AUTHORIZATION_FORMAT)
    checkSize(20, TransactionError.AUTHORIZATION_FORMAT, TransactionError.AUTHORIZATION_FORMAT)
    takeAuthorizationInteger(8)
    takeAuthorizationInteger(1)
    takeAuthorizationInteger(32)
    takeAuthorizationInteger(32)
    leaveList(tupleEnd, TransactionError.AUTHORIZATION_FORMAT)
  }
  leaveList(outerEnd, TransactionError.AUTHORIZATION_FORMAT)
  if (failure == 0 && count == 0) failure = TransactionError.NO_AUTHORIZATIONS
  store<u32>(tx, count, TX_AUTHORIZATION_COUNT)
}

function takeAuthorizationInteger(maxBytes: u32): void {
  requireMore(TransactionError.AUTHORIZATION_FORMAT)
  takeInteger(maxBytes, TransactionError.AUTHORIZATION_FORMAT, TransactionError.AUTHORIZATION_FORMAT)
}

/** v (or y parity), r and s, and their ranges. */
function takeSignature(type: u32, tx: usize): void {
  takeU256(NUMBER, TransactionError.V_INVALID, TransactionError.V_LEADING_ZEROS)
  takeU256(tx + TX_R, TransactionError.R_OVERFLOW, TransactionError.R_LEADING_ZEROS)
  takeU256(tx + TX_S, TransactionError.S_OVERFLOW, TransactionError.S_LEADING_ZEROS)
  if (failure != 0) return
  const v = load<u64>(NUMBER)
  if (type == 0) {
    failure = setLegacyV(v, tx)
  } else if (!u256.fitsU64(NUMBER) || v > 1) {
    failure = TransactionError.V_INVALID
  } else {
    store<u32>(tx, v as u32, TX_Y_PARITY)
  }
  if (failure == 0) failure = checkSignatureRange(tx + TX_R, tx + TX_S)
}

/** 27 or 28, or 35 + 2 * chain id + parity (EIP-155). */
function setLegacyV(v: u64, tx: usize): i32 {
  // Chain ids from 2^63 on do not fit: EIP-2294 bounds them in this way too.
  if (!u256.fitsU64(NUMBER)) return TransactionError.CHAIN_ID_OVERFLOW
  if (v >= 35) {
    store<u32>(tx, ((v - 35) & 1) as u32, TX_Y_PARITY)
    store<u64>(tx, (v - 35) >> 1, TX_CHAIN_ID)
    addFlag(tx, TX_FLAG_CHAIN_ID)
    return TransactionError.NONE
  }
  if (v - 27 > 1) return TransactionError.V_INVALID
  store<u32>(tx, (v - 27) as u32, TX_Y_PARITY)
  return TransactionError.NONE
}

function checkSignatureRange(r: usize, s: usize): i32 {
  if (u256.isZero(r) || u256.isZero(s)) return TransactionError.SIGNATURE_RANGE
  if (!u256.lt(r, SECP256K1_N) || !u256.lt(s, SECP256K1_N)) return TransactionError.SIGNATURE_RANGE
  return u256.gt(s, SECP256K1_HALF_N) ? TransactionError.SIGNATURE_HIGH_S : TransactionError.NONE
}

/**
 * Writes what the sender of the transaction at `tx`, which was decoded last, has signed: the fields as they came, under a
 * new list prefix. Returns its length, at most 64 bytes more than the raw transaction's.
 */
export function writeUnsigned(tx: usize, out: usize): u32 {
  const fields = signedFields
  const fieldsLength = (signedFieldsEnd - signedFields) as u32
  const type = load<u32>(tx, TX_TYPE)
  let at = out
  if (type != 0) {
    store<u8>(at, type)
    at = rlp.writeListPrefix(fieldsLength, at + 1)
    memory.copy(at, fields, fieldsLength)
    return (at - out) as u32 + fieldsLength
  }
  const protectedByChainId = (load<u32>(tx, TX_FLAGS) & TX_FLAG_CHAIN_ID) != 0
  const chainId = load<u64>(tx, TX_CHAIN_ID)
  // EIP-155 signs [..., chain id, 0, 0].
  const suffixLength = protectedByChainId ? ((rlp.writeU64(chainId, out) - out) as u32) + 2 : 0
  at = rlp.writeListPrefix(fieldsLength + suffixLength, out)
  memory.copy(at, fields, fieldsLength)
  at += fieldsLength
  if (protectedByChainId) {
    at = rlp.writeU64(chainId, at)
    store<u16>(at, 0x8080)
    at += 2
  }
  return (at - out) as u32
}

// ---------------------------------------------------------------------------------------------------------- cursor

/** Reads the next item and moves on. After a failure it stays and gives an empty item. */
function take(): void {
  if (failure == 0) failure = rlp.readItem(cursor, end)
  if (failure == 0) cursor = rlp.itemEnd
}

/** Takes a byte string and returns its length. */
function takeBytes(wrong: i32): u32 {
  take()
  if (failure == 0 && rlp.itemIsList) failure = wrong
  return failure == 0 ? rlp.itemLength : 0
}

function takeList(wrong: i32): void {
  take()
  if (failure == 0 && !rlp.itemIsList) failure = wrong
}

/** Takes an integer of at most `maxBytes` bytes without leading zeros; returns its length. */
function takeInteger(maxBytes: u32, overflow: i32, leadingZeros: i32): u32 {
  const length = takeBytes(overflow)
  if (length != 0 && load<u8>(rlp.itemStart) == 0) failure = leadingZeros
  else if (length > maxBytes) failure = overflow
  return failure == 0 ? length : 0
}

function takeU64(overflow: i32, leadingZeros: i32): u64 {
  const length = takeInteger(8, overflow, leadingZeros)
  let value: u64 = 0
  for (let i: u32 = 0; i < length; i++) value = (value << 8) | load<u8>(rlp.itemStart + i)
  return value
}

function takeU256(out: usize, overflow: i32, leadingZeros: i32): void {
  const length = takeInteger(32, overflow, leadingZeros)
  if (length != 0) u256.fromBytes(rlp.itemStart, length, out)
  else u256.setZero(out)
}

/** Makes the list that was just taken the one that is read; returns the end of the outer one. */
function enterList(): usize {
  const outer = end
  if (failure != 0) return outer
  cursor = rlp.itemStart
  end = rlp.itemEnd
  return outer
}

/** Goes back to the outer list; anything left in the inner one is `wrong`. */
function leaveList(outer: usize, wrong: i32): void {
  if (failure == 0 && cursor != end) failure = wrong
  end = outer
}

// @ts-ignore: decorator
@inline
function hasMore(): bool {
  return failure == 0 && cursor < end
}

function requireMore(missing: i32): void {
  if (failure == 0 && cursor >= end) failure = missing
}

/** Checks the length of the byte string that was just taken. */
function checkSize(size: u32, tooShort: i32, tooLong: i32): void {
  if (failure != 0 || rlp.itemLength == size) return
  failure = rlp.itemLength < size ? tooShort : tooLong
}

/** Stores the pointer and the length of the item that was just taken. */
function storePayload(out: usize): void {
  store<u32>(out, rlp.itemStart as u32)
  store<u32>(out, rlp.itemLength, 4)
}

// @ts-ignore: decorator
@inline
function addFlag(tx: usize, flag: u32): void {
  store<u32>(tx, load<u32>(tx, TX_FLAGS) | flag, TX_FLAGS)
}
