// What signature recovery asks of a transaction, around the curve itself, which is native code: decoding, the checks that need
// no state, and the hashes. Only the usual transaction is dealt with here: anything else is left to the readable path in
// TypeScript, which also finds the words for a refusal.
import { calldataTokens, floorGasOf, intrinsicGasOf } from './intrinsicGas'
import { keccak256Of64 } from './keccak'
import {
  decodeTransaction,
  TX_CHAIN_ID,
  TX_FLAG_CHAIN_ID,
  TX_FLAG_CREATION,
  TX_FLAGS,
  TX_GAS_LIMIT,
  TX_HASH,
  TX_MAX_FEE,
  TX_NONCE,
  TX_PRIORITY_FEE,
  TX_R,
  TX_S,
  TX_SIGNING_HASH,
  TX_SIZE,
  TX_TYPE,
  TX_Y_PARITY,
} from './transaction'
import * as u256 from './u256'

/** From the second page on: the raw transaction, then what its sender signed. */
const RAW: usize = 65536
const RAW_LIMIT: u32 = 128 * 1024
const SCRATCH: usize = RAW + RAW_LIMIT

const TX_DECODED: usize = memory.data(TX_SIZE, 16)
/** r ‖ s, big-endian. */
const SIGNATURE: usize = memory.data(64, 16)
/** Uncompressed, 65 bytes: 0x04 ‖ x ‖ y. */
const PUBLIC_KEY: usize = memory.data(80, 16)
/** The last 20 bytes are the address. */
const KEY_HASH: usize = memory.data(32, 16)

let chainId: u64 = 0
let gasCap: u64 = 0
let fork: u32 = 0

export function rawOffset(): usize {
  return RAW
}

export function rawLimit(): u32 {
  return RAW_LIMIT
}

export function signatureOffset(): usize {
  return SIGNATURE
}

export function signingHashOffset(): usize {
  return TX_DECODED + TX_SIGNING_HASH
}

export function hashOffset(): usize {
  return TX_DECODED + TX_HASH
}

export function publicKeyOffset(): usize {
  return PUBLIC_KEY
}

export function addressOffset(): usize {
  return KEY_HASH + 12
}

/** What transactions are checked against. `gas` is the most that one may ask for, `forkIndex` a constant of gas.ts. */
export function setRules(chain: u64, gas: u64, forkIndex: u32): void {
  chainId = chain
  gasCap = gas
  fork = forkIndex
}

/**
 * Decodes and checks the `length` bytes at RAW, at most RAW_LIMIT. For a call of type 0, 1 or 2 that passes every check
 * it leaves signature, signing hash and hash, and returns the parity of the signature; -1 for all others.
 */
export function prepare(length: u32): i32 {
  if (decodeTransaction(RAW, length, TX_DECODED, SCRATCH) != 0) return -1
  if (!isUsual(TX_DECODED) || !hasEnoughGas(TX_DECODED)) return -1
  u256.toBytes32(TX_DECODED + TX_R, SIGNATURE)
  u256.toBytes32(TX_DECODED + TX_S, SIGNATURE + 32)
  return load<u32>(TX_DECODED, TX_Y_PARITY) as i32
}

/** Leaves the address of the key at PUBLIC_KEY. */
export function hashKey(): void {
  keccak256Of64(PUBLIC_KEY + 1, KEY_HASH)
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
