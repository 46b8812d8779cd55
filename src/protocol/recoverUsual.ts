import type { RecoveryKernel } from '../kernels/index.ts'
import type { KnownSigners } from './KnownSigners.ts'
import { recoverPublicKeyInto } from './secp256k1.ts'

/**
 * Fills sender and hash of the usual transactions into `count` prepared entries that stand one behind the other. The
 * others stay as they are: `kernel.parityOf` their place is negative then.
 *
 * @param known - senders that entries claim are held against their signatures with keys that it knows, which is quicker;
 * without, claims aren't read. Either way the sender is the one that has signed.
 */
export function recoverUsual(
  kernel: RecoveryKernel,
  entries: Uint8Array,
  count: number,
  known?: KnownSigners,
): void {
  kernel.take(entries, count)
  known?.confirm(kernel, count)
  for (let place = 0; place < count; place++) {
    const yParity = kernel.parityOf(place)
    if (yParity < 0 || kernel.isConfirmed(place)) continue
    const { signingHash, signature, publicKey } = kernel.slots[place]!
    if (!recoverPublicKeyInto(signingHash, signature, yParity, publicKey)) kernel.drop(place)
  }
  kernel.fillIn(entries)
  known?.note(kernel, count)
}
