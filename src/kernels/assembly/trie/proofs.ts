// Nodes for proofs (EIP-1186) and witnesses. All hashes are computed.

import { keccak256 } from '../keccak'
import { encodeBranch, encodeNode } from './encoding'
import { message } from '../hashQueue'
import {
  addressOf,
  BRANCH,
  BRANCH_DEPTH,
  BRANCH_PRESENT,
  kindOf,
  LEAF_KEY,
  nibbleOf,
  rankOf,
  referenceCell,
  sharedNibbles,
  someKey,
} from './nodes'

/**
 * Writes the nodes on the way to `key`, from the one at `reference`, entered at `depth`: each as u32 length and RLP.
 * Nodes inside their parents are left out, but not the root.
 *
 * @returns where they end.
 */
export function prove(reference: u32, depth: u32, key: usize, out: usize): usize {
  while (reference != 0) {
    const length = encodeNode(reference, depth, out + 4)
    out = appended(out, length, depth == 0)
    if (kindOf(reference) != BRANCH) return out
    const branchDepth = <u32>load<u8>(reference, BRANCH_DEPTH)
    if (branchDepth > depth) {
      if (sharedNibbles(someKey(reference), key) < branchDepth) return out
      out = appended(out, encodeBranch(reference, out + 4), false)
    }
    reference = childAt(reference, nibbleOf(key, branchDepth))
    depth = branchDepth + 1
  }
  return out
}

function appended(out: usize, length: u32, isRoot: bool): usize {
  if (length < 32 && !isRoot) return out
  store<u32>(out, length)
  return out + 4 + length
}

/** A branch's child, 0 if it has none there. */
export function childAt(branch: u32, nibble: u32): u32 {
  const present = <u32>load<u16>(branch, BRANCH_PRESENT)
  return (present & (1 << nibble)) == 0 ? 0 : load<u32>(referenceCell(branch, rankOf(present, nibble)))
}

/** What stands below the first nibble, to be entered at depth 1. */
export function belowTop(root: u32, nibble: u32): u32 {
  if (root == 0) return 0
  if (kindOf(root) == BRANCH) {
    if (load<u8>(root, BRANCH_DEPTH) == 0) return childAt(root, nibble)
    return nibbleOf(someKey(root), 0) == nibble ? root : 0
  }
  return nibbleOf(addressOf(root) + LEAF_KEY, 0) == nibble ? root : 0
}

/** Writes how a parent names a node: RLP shorter than 32 bytes, or 32 bytes of hash. Returns the length. */
export function nameOf(reference: u32, depth: u32, out: usize): u32 {
  const length = encodeNode(reference, depth, message)
  if (length < 32) {
    memory.copy(out, message, length)
    return length
  }
  keccak256(message, length, out)
  return 32
}
