import { sha256 as javaScript } from '@noble/hashes/sha2.js'
import { builtin } from './builtin.ts'

const native = builtin('node:crypto')

/** SHA-256 (FIPS 180-4), 32 fresh bytes: Node's own, in a browser JavaScript's. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return native === undefined ? javaScript(bytes) : new Uint8Array(native.hash('sha256', bytes, 'buffer'))
}

/** {@link sha256} of parts that stand one behind the other. */
export function sha256OfParts(parts: readonly Uint8Array[]): Uint8Array {
  const hash = native === undefined ? javaScript.create() : native.createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
