// What compiled code calls: operations that are too long to stand in it, and all that touches the state. Operands and
// results are words on the frame's stack, as the interpreter has them. Gas goes in and comes back as what is left,
// negative when it does not suffice.

import { copyBytes } from './bytes'
import { maskAddress } from './address'
import { keccak256 } from './keccak'
import { keccak256OfMappingKey } from './mappingHash'
import { returnData, returnDataLength } from './returnData'
import { selfDestruct } from './selfDestruct'
import * as u256 from './u256'

export { addmod, byteAt, div, exp, mod, mul, mulmod, sar, sdiv, shl, shr, signextend, smod } from './u256'
export { copyPadded, expandTo } from './evmMemory'
export { accountCode, accountCodeHash, accountCodeSize, blobHash, blockHash, readBalance, sload, sstore, tload, tstore } from './hostOperations'
export { appendLog } from './logs'
export { callFromCompiled, createFromCompiled } from './calls'

/** Bytes of a word without leading zeros: what EXP's gas counts. */
export function byteLength(word: usize): u32 {
  return (u256.bitLength(word) + 7) >> 3
}

/** KECCAK256 of EVM memory to a word. */
export function hashToWord(from: usize, length: u32, out: usize): void {
  if (length == 64) keccak256OfMappingKey(from, out)
  else keccak256(from, length, out)
  u256.fromBytes32(out, out)
}

export function returnDataSize(): u32 {
  return returnDataLength
}

/** The range lies within the return data: the caller has checked. */
export function copyReturnData(to: usize, offset: u32, length: u32): void {
  copyBytes(to, returnData() + offset, length)
}

export function selfDestructTo(accountId: u32, beneficiary: usize, gas: i64): i64 {
  maskAddress(beneficiary)
  return selfDestruct(accountId, beneficiary, gas)
}
