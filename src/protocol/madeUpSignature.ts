import { toBigInt } from '../lib/index.ts'

/**
 * The signature that a developer's chain puts on a transaction of an account whose key it has not: r = 2^160 + sender,
 * s = 1. It recovers to somebody else; the engine knows it by its form (kernels/assembly/madeUpSignature.ts), which nobody
 * can bring about for the address that it recovers to.
 *
 * @param sender - 20 bytes.
 */
export function madeUpSignature(sender: Uint8Array): { yParity: 0; r: bigint; s: bigint } {
  return { yParity: 0, r: (1n << 160n) + toBigInt(sender), s: 1n }
}

/** Whether a transaction has the signature that is made up for `sender`. */
export function isMadeUpSignature(
  { yParity, r, s }: { yParity: number; r: bigint; s: bigint },
  sender: Uint8Array,
): boolean {
  const madeUp = madeUpSignature(sender)
  return yParity === madeUp.yParity && r === madeUp.r && s === madeUp.s
}

/** False where the signature of an envelope can't be made up: it does not end as one does whose s is 1. */
export function mayBeMadeUp(raw: Uint8Array): boolean {
  return raw.at(-1) === 1
}
