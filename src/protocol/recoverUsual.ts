import type { RecoveryKernel } from '../kernels/index.ts'
import type { ManySigners } from './ManySigners.ts'
import { recoverPublicKeyInto } from './secp256k1.ts'

/**
 * Fills sender and hash of the usual transactions into `count` prepared entries that stand one behind the other. The
 * others stay as they are: `kernel.parityOf` their place is negative then.
 *
 * @param many - finds most of them together, and faster if an entry says who its sender is. Without, that isn't read. Either way
 * the sender is the one who signed.
 */
export function recoverUsual(
  kernel: RecoveryKernel,
  entries: Uint8Array,
  count: number,
  many?: ManySigners,
): void {
  kernel.take(entries, count)
  many?.find(kernel, count)
  for (let place = 0; place < count; place++) {
    if (!kernel.needsKey(place)) continue
    const { signingHash, signature, publicKey } = kernel.slots[place]!
    const yParity = kernel.parityOf(place)
    if (!recoverPublicKeyInto(signingHash, signature, yParity, publicKey)) kernel.drop(place)
  }
  kernel.fillIn(entries)
  many?.note(kernel, count)
}
