import type { RecoveryKernel } from '../kernels/index.ts'
import { recoverPublicKeyInto } from './secp256k1.ts'

/**
 * Fills sender and hash of the usual transactions into `count` prepared entries that stand one behind the other. The
 * others stay as they are: `kernel.parityOf` their place is negative then.
 */
export function recoverUsual(kernel: RecoveryKernel, entries: Uint8Array, count: number): void {
  kernel.take(entries, count)
  for (let place = 0; place < count; place++) {
    const yParity = kernel.parityOf(place)
    if (yParity < 0) continue
    const { signingHash, signature, publicKey } = kernel.slots[place]!
    if (!recoverPublicKeyInto(signingHash, signature, yParity, publicKey)) kernel.drop(place)
  }
  kernel.fillIn(entries)
}
