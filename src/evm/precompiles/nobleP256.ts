import { p256 } from '@noble/curves/nist.js'
import type { P256 } from './curveArithmetic.ts'

/** secp256r1 by @noble/curves. */
export const nobleP256: P256 = {
  verify(input) {
    const publicKey = new Uint8Array(65)
    publicKey[0] = 0x04
    publicKey.set(input.subarray(96, 160), 1)
    try {
      const options = { prehash: false, lowS: false } as const
      return p256.verify(input.subarray(32, 96), input.subarray(0, 32), publicKey, options)
    } catch {
      // The library throws for keys and signatures out of range, which are just not valid here.
      return false
    }
  },
}
