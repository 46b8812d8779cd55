/**
 * Keys read as sequences of nibbles (half bytes, high one first) without unpacking them; positions count nibbles.
 */
export function nibbleCount(key: Uint8Array): number {
  return key.length * 2
}

/** Nibble at `position`, which must lie inside the key. */
export function nibbleAt(key: Uint8Array, position: number): number {
  const byte = key[position >> 1]!
  return (position & 1) === 0 ? byte >> 4 : byte & 15
}

/**
 * First position in `from`..`to` at which the keys differ; `to` if they don't. A key that ends earlier differs there.
 */
export function sharedNibbles(a: Uint8Array, b: Uint8Array, from: number, to: number): number {
  const end = Math.min(to, nibbleCount(a), nibbleCount(b))
  let position = from
  while (position < end && nibbleAt(a, position) === nibbleAt(b, position)) position++
  return position
}
