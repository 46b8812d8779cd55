// The code store: every distinct code once, with its jump destinations. Number 0 is the empty code.

import {
  codeBytes,
  codeBytesEnd,
  codeIndex,
  codeIndexCells,
  codeLimit,
  codeRecords,
} from './layout'
import { CODE_FULL, fail } from './failure'
import { keccak256 } from './keccak'
import { isLazy } from './lazyState'
import { CODE_LENGTH, CODE_PTR } from './readerFields'

export { CODE_LENGTH, CODE_PTR }

export const CODE_HASH: usize = 0 // 32 bytes, big-endian as hashed
// CODE_PTR at 32, CODE_LENGTH at 36: u32
export const CODE_JUMPS: usize = 40 // u32: bitmap of JUMPDESTs
export const CODE_FLAGS: usize = 44 // u32
export const CODE_EPOCH: usize = 48 // u32: epoch of the diff that brings it
export const CODE_ENTRY: usize = 52 // u32: compiled code in the function table; 0: none, ENTRY_REFUSED: there will be none
export const CODE_NATIVE: usize = 56 // u32: native stack that one activation of it may take, bytes
export const CODE_HEAT: usize = 60 // u32: what it used lately while interpreted, see tiers.ts
const CODE_RECORD_BYTES: usize = 64

/** EIP-7702 designator: 0xef0100 followed by an address. */
export const CODE_FLAG_DELEGATION: u32 = 1

/** Bytes after a code that read as STOP and as zero immediates. */
const PADDING: u32 = 48

let used: u32 = 0
let cursor: usize = 0

export function resetCodes(): void {
  used = 0
  cursor = codeBytes
  memory.fill(codeIndex, 0, <usize>codeIndexCells << 2)
  const empty = code(0)
  memory.fill(empty, 0, CODE_RECORD_BYTES)
  store<u32>(empty, <u32>cursor, CODE_PTR)
  store<u32>(empty, <u32>cursor, CODE_JUMPS)
  memory.fill(cursor, 0, PADDING)
  cursor += PADDING
  keccak256(cursor, 0, empty)
}

export function codeCount(): u32 {
  return used
}

/**
 * Forgets the codes from number `count + 1` on: of calls that were only simulated, of transactions that failed. Nothing
 * refers to them. The last in goes out first, so that the index is again as it was. A lazy engine keeps them: among them
 * are those of accounts that it has come to know meanwhile.
 */
export function dropCodesAfter(count: u32): void {
  if (isLazy) return
  const mask = codeIndexCells - 1
  for (; used > count; used--) {
    const record = code(used)
    let position = load<u32>(record) & mask
    while (load<u32>(codeIndex + (<usize>position << 2)) != used) position = (position + 1) & mask
    store<u32>(codeIndex + (<usize>position << 2), 0)
    cursor = load<u32>(record, CODE_PTR)
  }
}

@inline
export function code(id: u32): usize {
  return codeRecords + (<usize>id << 6)
}

/** Number of the code with this hash (pointer to 32 bytes), or 0xffffffff. */
export function findCode(hash: usize): u32 {
  if (equalHash(hash, code(0))) return 0
  const mask = codeIndexCells - 1
  let position = load<u32>(hash) & mask
  while (true) {
    const id = load<u32>(codeIndex + (<usize>position << 2))
    if (id == 0) return 0xffffffff
    if (equalHash(code(id), hash)) return id
    position = (position + 1) & mask
  }
}

function equalHash(a: usize, b: usize): bool {
  return (
    load<u64>(a) == load<u64>(b) &&
    load<u64>(a, 8) == load<u64>(b, 8) &&
    load<u64>(a, 16) == load<u64>(b, 16) &&
    load<u64>(a, 24) == load<u64>(b, 24)
  )
}

/** Where the next code will lie: what is written here may be given to {@link putCode}. */
export function codeRoomAt(): usize {
  return cursor
}

/** Longest code that has room, with its padding and its jump destinations. */
export function codeRoom(): u32 {
  const left = <u32>(codeBytesEnd - cursor)
  return left < PADDING + 16 ? 0 : ((left - PADDING - 16) / 9) * 8
}

/** Number of the code; stores it where it is new. */
export function putCode(from: usize, length: u32): u32 {
  if (length == 0) return 0
  if (used + 1 >= min<u32>(codeLimit, (codeIndexCells / 4) * 3)) fail(CODE_FULL)
  const record = code(used + 1)
  keccak256(from, length, record)
  const known = findCode(record)
  if (known != 0xffffffff) return known
  const bitmapBytes = (<usize>length + 8) >> 3
  if (cursor + length + PADDING + bitmapBytes > codeBytesEnd) fail(CODE_FULL)
  const at = cursor
  memory.copy(at, from, length)
  memory.fill(at + length, 0, PADDING)
  const bitmap = at + length + PADDING
  cursor = bitmap + bitmapBytes
  markJumpDestinations(at, length, bitmap)
  const id = ++used
  store<u32>(record, <u32>at, CODE_PTR)
  store<u32>(record, length, CODE_LENGTH)
  store<u32>(record, <u32>bitmap, CODE_JUMPS)
  store<u32>(record, 0, CODE_EPOCH)
  store<u32>(record, 0, CODE_ENTRY)
  store<u32>(record, 0, CODE_HEAT)
  const delegation = length == 23 && load<u8>(at) == 0xef && load<u8>(at, 1) == 1 && load<u8>(at, 2) == 0
  store<u32>(record, delegation ? CODE_FLAG_DELEGATION : 0, CODE_FLAGS)
  const mask = codeIndexCells - 1
  let position = load<u32>(record) & mask
  while (load<u32>(codeIndex + (<usize>position << 2)) != 0) position = (position + 1) & mask
  store<u32>(codeIndex + (<usize>position << 2), id)
  return id
}

/** Sets the bit of every JUMPDEST that is not inside PUSH data (Yellow Paper 9.4.3). */
export function markJumpDestinations(at: usize, length: u32, bitmap: usize): void {
  memory.fill(bitmap, 0, (<usize>length + 8) >> 3)
  let i: u32 = 0
  while (i < length) {
    const op = load<u8>(at + i)
    if (op == 0x5b) {
      const cell = bitmap + (i >> 3)
      store<u8>(cell, <u8>(<u32>load<u8>(cell) | ((<u32>1) << (i & 7))))
    } else if (op >= 0x60 && op <= 0x7f) i += <u32>op - 0x5f
    i++
  }
}
