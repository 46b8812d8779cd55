// Reads of tries.

import {
  addressOf,
  BRANCH,
  BRANCH_DEPTH,
  BRANCH_PRESENT,
  equalKeys,
  kindOf,
  LEAF_KEY,
  nibbleOf,
  rankOf,
  referenceCell,
} from './nodes'

/** The leaf of a key below `reference`, 0 if there is none. */
export function findLeaf(reference: u32, key: usize): u32 {
  while (reference != 0 && kindOf(reference) == BRANCH) {
    const present = <u32>load<u16>(reference, BRANCH_PRESENT)
    const nibble = nibbleOf(key, load<u8>(reference, BRANCH_DEPTH))
    if ((present & (1 << nibble)) == 0) return 0
    reference = load<u32>(referenceCell(reference, rankOf(present, nibble)))
  }
  // Paths are not compared on the way: the leaf has the whole key.
  return reference != 0 && equalKeys(addressOf(reference) + LEAF_KEY, key) ? reference : 0
}
