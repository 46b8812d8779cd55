import type { secp256k1 as Noble } from '@noble/curves/secp256k1.js'
import { assert, builtin } from '../lib/index.ts'

/**
 * Signatures, and the recovery of public keys: libsecp256k1 through the npm package `secp256k1` where its prebuilt binding loads, else
 * @noble/curves (pure JavaScript: same results, twenty times slower).
 */
type NativeBinding = {
  ecdsaRecover(
    signature: Uint8Array,
    recovery: number,
    hash: Uint8Array,
    compressed: boolean,
    output?: Uint8Array,
  ): Uint8Array
  ecdsaSign(hash: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number }
}

/** Undefined in a browser. */
const require = builtin('node:module')?.createRequire(import.meta.url)

/**
 * The uncompressed public key (65 bytes) that made `signature` (r ‖ s, both already in 1..n-1) of `hash` (32 bytes),
 * or undefined when there is none.
 */
export function recoverPublicKey(
  hash: Uint8Array,
  signature: Uint8Array,
  yParity: number,
): Uint8Array | undefined {
  const native = loadNative()
  if (native === undefined) return recoverNoble(hash, signature, yParity)
  try {
    return native.ecdsaRecover(signature, yParity, hash, false)
  } catch {
    // The binding throws when no key can be recovered; it has no other failure for arguments of the right sizes.
    return undefined
  }
}

/** As {@link recoverPublicKey}, but writes the key to `out` (65 bytes); false when there is none. */
export function recoverPublicKeyInto(
  hash: Uint8Array,
  signature: Uint8Array,
  yParity: number,
  out: Uint8Array,
): boolean {
  const native = loadNative()
  if (native === undefined) {
    const key = recoverNoble(hash, signature, yParity)
    if (key !== undefined) out.set(key)
    return key !== undefined
  }
  try {
    native.ecdsaRecover(signature, yParity, hash, false, out)
    return true
  } catch {
    // As in recoverPublicKey.
    return false
  }
}

/**
 * Signs `hash` with a private key (32 bytes): low s, deterministic (RFC 6979). For who holds the key itself: the sequencer,
 * developer accounts, tests.
 */
export function signHash(
  hash: Uint8Array,
  privateKey: Uint8Array,
): { r: Uint8Array; s: Uint8Array; yParity: 0 | 1 } {
  const native = loadNative()
  if (native === undefined) return signNoble(hash, privateKey)
  const { signature, recid } = native.ecdsaSign(hash, privateKey)
  return { r: signature.slice(0, 32), s: signature.slice(32, 64), yParity: recid === 1 ? 1 : 0 }
}

/** The slow twin of the native binding, and its oracle in the tests. */
export function signNoble(
  hash: Uint8Array,
  privateKey: Uint8Array,
): { r: Uint8Array; s: Uint8Array; yParity: 0 | 1 } {
  const signature = loadNoble().sign(hash, privateKey, { prehash: false, format: 'recovered' })
  return {
    r: signature.slice(1, 33),
    s: signature.slice(33, 65),
    yParity: signature[0] === 1 ? 1 : 0,
  }
}

/** The public key of a private one (32 bytes): 33 bytes compressed, else 65. */
export function publicKeyOf(privateKey: Uint8Array, isCompressed: boolean): Uint8Array {
  return loadNoble().getPublicKey(privateKey, isCompressed)
}

/** The slow twin of the native binding, and its oracle in the tests. */
export function recoverNoble(
  hash: Uint8Array,
  signature: Uint8Array,
  yParity: number,
): Uint8Array | undefined {
  try {
    const withRecovery = loadNoble().Signature.fromBytes(signature, 'compact').addRecoveryBit(yParity)
    return withRecovery.recoverPublicKey(hash).toBytes(false)
  } catch {
    // The library reports "no such point" by throwing; it has no other failure for arguments of the right sizes.
    return undefined
  }
}

let native: NativeBinding | undefined
let isNativeSought = false

/** Whether this thread signs and recovers by the native binding: it is loaded, where it wasn't. */
export function isSigningNative(): boolean {
  return loadNative() !== undefined
}

/**
 * From now on this thread recovers in JavaScript only. For a thread that others may end at any moment: one that is ended
 * within a call of the binding takes the process along.
 */
export function recoverInJavaScriptOnly(): void {
  native = undefined
  isNativeSought = true
}

/**
 * Loaded at first use: most threads never need it, and a thread that is ended while it loads native code may take the
 * process along. Undefined where no prebuilt binary fits this platform.
 */
function loadNative(): NativeBinding | undefined {
  if (isNativeSought) return native
  isNativeSought = true
  if (require === undefined) return undefined
  try {
    // The package's own entry point would fall back to `elliptic` silently.
    native = require('secp256k1/bindings.js') as NativeBinding
  } catch {
    native = undefined
  }
  return native
}

let noble: typeof Noble | undefined

/** Loaded at first use: most threads never need it, and it takes some 20 ms. */
function loadNoble(): typeof Noble {
  assert(require !== undefined, 'who runs in a browser imports the curve')
  noble ??= (require('@noble/curves/secp256k1.js') as { secp256k1: typeof Noble }).secp256k1
  return noble
}
