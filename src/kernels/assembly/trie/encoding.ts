/*
 * RLP of nodes (Yellow Paper appendices B to D). A node's RLP depends on the depth at which its parent (or the root)
 * enters it: what lies between that and its own branching or its key's end is its path.
 */

import { copyBytes } from '../bytes'
import { keccak256 } from '../keccak'
import { lengthOfBytes, lengthOfU64, prefixLength, writeBytes, writeListPrefix, writeU64 } from '../rlp'
import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_NONCE,
  ACCOUNT_STORAGE_ROOT,
  addressOf,
  BRANCH,
  BRANCH_DEPTH,
  BRANCH_EMBEDDED,
  BRANCH_PRESENT,
  copy32,
  hashCell,
  kindOf,
  LEAF_KEY,
  LEAF_LENGTH,
  LEAF_VALUE,
  nibbleOf,
  SIMPLE_ACCOUNT,
  someKey,
  VALUE_LEAF,
} from './nodes'

/** keccak256(0x80), root of an empty trie. */
export const EMPTY_ROOT: usize = memory.data<u8>([
  0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0,
  0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
])

/** keccak256 of nothing, code hash of an account without code. */
export const EMPTY_CODE_HASH: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6,
  0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
])

const LEAF_FLAG: u32 = 0x20
const ODD_FLAG: u32 = 0x10

/** A branch below an extension. */
const inner: usize = memory.data(544, 16)
const innerHash: usize = memory.data(32, 16)

/** Writes a node entered at `depth`; returns its length. The hashes of its children are computed. */
export function encodeNode(reference: u32, depth: u32, out: usize): u32 {
  const kind = kindOf(reference)
  const node = addressOf(reference)
  if (kind == VALUE_LEAF) return encodeValueLeaf(node, depth, out)
  if (kind != BRANCH) return encodeAccountLeaf(node, kind == SIMPLE_ACCOUNT, depth, out)
  return <u32>load<u8>(node, BRANCH_DEPTH) == depth ? encodeBranch(node, out) : encodeExtension(node, depth, out)
}

export function encodeBranch(branch: usize, out: usize): u32 {
  const present = <u32>load<u16>(branch, BRANCH_PRESENT)
  const embedded = <u32>load<u16>(branch, BRANCH_EMBEDDED)
  let cell = hashCell(branch, 0)
  const start = out
  out = writeListPrefix(branchPayload(present, embedded, cell), out)
  for (let bit: u32 = 1; bit < 0x10000; bit <<= 1) {
    if ((present & bit) == 0) {
      store<u8>(out++, 0x80)
      continue
    }
    if ((embedded & bit) == 0) {
      store<u8>(out, 0xa0)
      copy32(out + 1, cell)
      out += 33
    } else {
      const length = embeddedLength(cell)
      copyBytes(out, cell, length)
      out += length
    }
    cell += 32
  }
  store<u8>(out, 0x80)
  return <u32>(out + 1 - start)
}

function branchPayload(present: u32, embedded: u32, cell: usize): u32 {
  let payload = 17 + (popcnt<u32>(present) << 5)
  for (let left = embedded; left != 0; left &= left - 1) {
    payload -= 33 - embeddedLength(cell + (<usize>popcnt<u32>(present & ((left & (0 - left)) - 1)) << 5))
  }
  return payload
}

/** Bytes of a list shorter than 32 bytes. */
// @ts-ignore: decorator
@inline
export function embeddedLength(list: usize): u32 {
  return <u32>load<u8>(list) - 0xc0 + 1
}

/** The extension above a branch that is entered at `depth`. */
function encodeExtension(branch: usize, depth: u32, out: usize): u32 {
  const innerLength = encodeBranch(branch, inner)
  const isHashed = innerLength >= 32
  if (isHashed) keccak256(inner, innerLength, innerHash)
  const end = <u32>load<u8>(branch, BRANCH_DEPTH)
  const start = out
  out = writeListPrefix(pathItemLength(end - depth) + (isHashed ? 33 : innerLength), out)
  out = writePath(someKey(<u32>branch), depth, end, 0, out)
  if (isHashed) {
    store<u8>(out, 0xa0)
    copy32(out + 1, innerHash)
    return <u32>(out + 33 - start)
  }
  copyBytes(out, inner, innerLength)
  return <u32>(out + innerLength - start)
}

function encodeValueLeaf(leaf: usize, depth: u32, out: usize): u32 {
  const length = <u32>load<u8>(leaf, LEAF_LENGTH)
  const start = out
  out = writeListPrefix(pathItemLength(64 - depth) + lengthOfBytes(leaf + LEAF_VALUE, length), out)
  out = writePath(leaf + LEAF_KEY, depth, 64, LEAF_FLAG, out)
  return <u32>(writeBytes(leaf + LEAF_VALUE, length, out) - start)
}

/** Its value is rlp([nonce, balance, storageRoot, codeHash]), Yellow Paper equation 10. */
function encodeAccountLeaf(leaf: usize, isSimple: bool, depth: u32, out: usize): u32 {
  const nonce = load<u64>(leaf, ACCOUNT_NONCE)
  let balance = leaf + ACCOUNT_BALANCE
  const balanceEnd = balance + (isSimple ? 16 : 32)
  while (balance < balanceEnd && load<u8>(balance) == 0) balance++
  const balanceLength = <u32>(balanceEnd - balance)
  const payload = lengthOfU64(nonce) + lengthOfBytes(balance, balanceLength) + 66
  const start = out
  out = writeListPrefix(pathItemLength(64 - depth) + 4 + payload, out)
  out = writePath(leaf + LEAF_KEY, depth, 64, LEAF_FLAG, out)
  // A byte string of a list; both have 56 to 255 bytes.
  store<u8>(out, 0xb8)
  store<u8>(out, <u8>(payload + 2), 1)
  out = writeListPrefix(payload, out + 2)
  out = writeU64(nonce, out)
  out = writeBytes(balance, balanceLength, out)
  store<u8>(out, 0xa0)
  copy32(out + 1, isSimple ? EMPTY_ROOT : leaf + ACCOUNT_STORAGE_ROOT)
  store<u8>(out, 0xa0, 33)
  copy32(out + 34, isSimple ? EMPTY_CODE_HASH : leaf + ACCOUNT_CODE_HASH)
  return <u32>(out + 66 - start)
}

function pathItemLength(nibbles: u32): u32 {
  const length = 1 + (nibbles >> 1)
  return length == 1 ? 1 : prefixLength(length) + length
}

/** Hex-prefix encoding (appendix C) of the nibbles `from` to `end` of a key. */
function writePath(key: usize, from: u32, end: u32, flag: u32, out: usize): usize {
  const count = end - from
  if (count > 1) store<u8>(out++, <u8>(0x81 + (count >> 1)))
  if ((count & 1) != 0) store<u8>(out++, <u8>(flag | ODD_FLAG | nibbleOf(key, from++)))
  else store<u8>(out++, <u8>flag)
  if (end == 64) {
    const length = (64 - from) >> 1
    copyBytes(out, key + (from >> 1), length)
    return out + length
  }
  for (; from < end; from += 2) store<u8>(out++, <u8>((nibbleOf(key, from) << 4) | nibbleOf(key, from + 1)))
  return out
}
