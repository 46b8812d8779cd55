import { kindOf, NODE_KIND } from '../kernels/index.ts'
import { compareBytes } from '../lib/index.ts'
import { nibbleAt, sharedNibbles } from './nibbles.ts'
import type { Subtrie } from './Subtrie.ts'

/** A leaf's reference, and its hashed key. */
type LeafAt = { reference: number; key: Uint8Array }

/** The leaves at a hashed key and behind it, in order. The trie must not change between two steps. */
export function* leavesFrom(
  { kernel, reference }: Subtrie,
  start: Uint8Array | undefined,
): Generator<LeafAt, void> {
  if (reference === 0) return
  const key = kernel.keyBelow(reference)
  if (kindOf(reference) !== NODE_KIND.branch) {
    if (start === undefined || compareBytes(key, start) >= 0) yield { reference, key }
    return
  }
  const depth = kernel.branchDepth(reference)
  let bound = start
  if (start !== undefined) {
    const shared = sharedNibbles(key, start, 0, depth)
    if (shared < depth) {
      if (nibbleAt(key, shared) < nibbleAt(start, shared)) return
      bound = undefined
    }
  }
  const first = bound === undefined ? 0 : nibbleAt(bound, depth)
  for (let nibble = first; nibble < 16; nibble++) {
    const child = { kernel, reference: kernel.child(reference, nibble) }
    yield* leavesFrom(child, nibble === first ? bound : undefined)
  }
}
