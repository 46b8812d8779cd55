// What signature recovery asks of a transaction, around the curve itself, which is native code: decoding, the checks that need
// no state, and the hashes. Only the usual transaction is dealt with here: anything else is left to the readable path in
// TypeScript, which also finds the words for a refusal.
import { copyBytes } from './bytes'
import { ENTRY_HASH, ENTRY_RAW_LENGTH, ENTRY_SENDER, rawOf } from './batchEntry'
import { flushHashes, hashSoon, resetHashQueue } from './hashQueue'
import { calldataTokens, floorGasOf, intrinsicGasOf } from './intrinsicGas'
import {
  decodeTransaction,
  TX_CHAIN_ID,
  TX_FLAG_CHAIN_ID,
  TX_FLAG_CREATION,
  TX_FLAGS,
  TX_GAS_LIMIT,
  TX_MAX_FEE,
  TX_NONCE,
  TX_PRIORITY_FEE,
  TX_R,
  TX_S,
  TX_SIZE,
  TX_TYPE,
  TX_Y_PARITY,
  writeUnsigned,
} from './transaction'
import * as u256 from './u256'

/** What a sender has signed, where it is too long to be hashed soon; with the entries behind it. */
const SCRATCH: usize = 65536
const ENTRIES: usize = SCRATCH + 3 * 65536
const ENTRIES_LIMIT: u32 = 5 * 65536

const TX_DECODED: usize = memory.data(TX_SIZE, 16)

// What is known of each entry.
const SLOT_BYTES: usize = 256
const SLOT_PARITY: usize = 0 // i32, of its signature; negative: the entry is not usual, or leads to no key
const SLOT_ENTRY: usize = 4 // u32: where it stands
const SLOT_STATE: usize = 8 // u32: 0, or how it was settled
const CONFIRMED: u32 = 1 // the sender that its entry claims is the right one
const SLOT_SIGNATURE: usize = 16 // r ‖ s, 64 bytes, big-endian
const SLOT_SIGNING_HASH: usize = 80 // 32 bytes
const SLOT_KEY: usize = 112 // 65 bytes, uncompressed: 0x04 ‖ x ‖ y
const SLOT_KEY_HASH: usize = 192 // 32 bytes, of which the last 20 are the address
const SLOT_COUNT: u32 = 128
const slots: usize = memory.data(256 * 128, 16)

let chainId: u64 = 0
let gasCap: u64 = 0
let fork: u32 = 0

resetHashQueue()

export function entriesOffset(): usize {
  return ENTRIES
}

export function entriesLimit(): u32 {
  return ENTRIES_LIMIT
}

export function slotCount(): u32 {
  return SLOT_COUNT
}

export function slotOffset(i: u32): usize {
  return slots + <usize>i * SLOT_BYTES
}

/** What transactions are checked against. `gas` is the most that one may ask for, `forkIndex` a constant of gas.ts. */
export function setRules(chain: u64, gas: u64, forkIndex: u32): void {
  chainId = chain
  gasCap = gas
  fork = forkIndex
}

/**
 * Decodes and checks `count` entries at ENTRIES (see batchEntry.ts). Each that is a call of type 0, 1 or 2 and passes every
 * check gets its hash, and its slot the parity of its signature, the signature and the signing hash; the others' parity
 * is -1.
 */
export function prepare(count: u32): void {
  let entry = ENTRIES
  for (let i: u32 = 0; i < count; i++) entry = prepareEntry(entry, slotOffset(i))
  flushHashes()
}

/** Returns where the next entry begins. */
function prepareEntry(entry: usize, slot: usize): usize {
  const raw = rawOf(entry)
  const length = load<u32>(entry, ENTRY_RAW_LENGTH)
  store<u32>(slot, <u32>entry, SLOT_ENTRY)
  store<u32>(slot, 0, SLOT_STATE)
  if (decodeTransaction(raw, length, TX_DECODED, 0) != 0 || !isUsual(TX_DECODED) || !hasEnoughGas(TX_DECODED)) {
    store<i32>(slot, -1, SLOT_PARITY)
    return raw + length
  }
  hashSoon(raw, length, entry + ENTRY_HASH)
  hashSoon(SCRATCH, writeUnsigned(TX_DECODED, SCRATCH), slot + SLOT_SIGNING_HASH)
  u256.toBytes32(TX_DECODED + TX_R, slot + SLOT_SIGNATURE)
  u256.toBytes32(TX_DECODED + TX_S, slot + SLOT_SIGNATURE + 32)
  store<u32>(slot, load<u32>(TX_DECODED, TX_Y_PARITY), SLOT_PARITY)
  return raw + length
}

/** Gives the entries of the first `count` slots their senders: those of the keys that are there, but where they are confirmed. */
export function hashKeys(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const slot = slotOffset(i)
    if (hasKey(slot)) hashSoon(slot + SLOT_KEY + 1, 64, slot + SLOT_KEY_HASH)
  }
  flushHashes()
  for (let i: u32 = 0; i < count; i++) {
    const slot = slotOffset(i)
    if (hasKey(slot)) copyBytes(<usize>load<u32>(slot, SLOT_ENTRY) + ENTRY_SENDER, slot + SLOT_KEY_HASH + 12, 20)
  }
}

function hasKey(slot: usize): bool {
  return load<i32>(slot, SLOT_PARITY) >= 0 && load<u32>(slot, SLOT_STATE) != CONFIRMED
}

function isUsual(tx: usize): bool {
  const flags = load<u32>(tx, TX_FLAGS)
  if (load<u32>(tx, TX_TYPE) > 2 || (flags & TX_FLAG_CREATION) != 0) return false
  if ((flags & TX_FLAG_CHAIN_ID) != 0 && load<u64>(tx, TX_CHAIN_ID) != chainId) return false
  if (load<u64>(tx, TX_NONCE) == 0xffffffffffffffff) return false
  return !u256.lt(tx + TX_MAX_FEE, tx + TX_PRIORITY_FEE)
}

function hasEnoughGas(tx: usize): bool {
  const gasLimit = load<u64>(tx, TX_GAS_LIMIT)
  const tokens = calldataTokens(tx)
  return gasLimit <= gasCap && gasLimit >= intrinsicGasOf(tx, tokens) && gasLimit >= floorGasOf(tokens, fork)
}
