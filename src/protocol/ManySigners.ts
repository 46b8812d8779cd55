import { CurveKernel, type RecoveryKernel } from '../kernels/index.ts'
import { KnownSigners } from './KnownSigners.ts'
import { isSigningNative } from './secp256k1.ts'

/** Fewer signatures are recovered faster by the library, one by one: what all share takes as long as some of them. */
const LEAST_SIGNATURES = 12

/**
 * Finds the signers of many transactions together: confirms those that are claimed and known, and recovers the keys of the others
 * side by side. For a thread that has many again and again; whom it does not find, the curve's library does.
 */
export class ManySigners {
  /** Undefined until it is worth it, and where the machine can't. */
  #curve: CurveKernel | undefined
  #known: KnownSigners | undefined
  #isSought = false

  /** Settles what it can of the transactions that the kernel has taken. */
  find(kernel: RecoveryKernel, count: number): void {
    const least = isSigningNative() ? LEAST_SIGNATURES : 1
    if (count >= least) this.#seek()
    if (this.#curve === undefined) return
    this.#known?.confirm(kernel, count)
    const places: number[] = []
    for (let place = 0; place < count; place++) if (kernel.needsKey(place)) places.push(place)
    const { limit } = this.#curve
    for (let at = 0; at + least <= places.length; at += limit)
      recoverTogether(this.#curve, kernel, places.slice(at, at + limit))
  }

  /** Notes whose claims were right, once the kernel has all senders. */
  note(kernel: RecoveryKernel, count: number): void {
    this.#known?.note(kernel, count)
  }

  /** Learns the keys of those that came often: to be called when nobody waits. */
  learn(): void {
    this.#known?.learn()
  }

  #seek(): void {
    if (this.#isSought) return
    this.#isSought = true
    this.#curve = CurveKernel.create()
    if (this.#curve !== undefined) this.#known = new KnownSigners(this.#curve)
  }
}

function recoverTogether(curve: CurveKernel, kernel: RecoveryKernel, places: readonly number[]): void {
  curve.clear()
  for (const place of places) curve.add(kernel.signatureOf(place))
  curve.recover()
  for (const [number, place] of places.entries())
    if (curve.hasKey(number)) kernel.setKey(place, curve.keyOf(number))
}
