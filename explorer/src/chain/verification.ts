import { computed, effect, signal } from '@preact/signals'
import type { VerifiedAccount } from '../../../src/client/index.ts'
import type { Hex } from '../lib/hex.ts'
import { isVisible } from './clock.ts'
import { nodeStatus } from './nodeStatus.ts'
import { pinnedSequencer } from './pinnedSequencer.ts'
import type { ProofOrder, Verification, VerifyOrder, WorkerMessage } from './verifyWorker.ts'

/** What this browser has checked by itself of what the node shows. */
export const verification = signal<Verification>({ state: 'connecting' })

/** Whose signatures there are: as this browser has checked, else as the node says; undefined where nobody signs. */
export const knownSequencer = computed<Hex | undefined>(() => {
  const now = verification.value
  const verified = now.state === 'verified' ? now : now.state === 'failed' ? now.verified : undefined
  return verified?.sequencer ?? nodeStatus.value?.following?.sequencer
})

/** Number of the newest block whose header is verified; undefined before the first, and where nothing is verified. */
export const newestHeader = computed<number | undefined>(() => {
  const now = verification.value
  return now.state === 'verified' ? now.headers.at(-1)?.number : undefined
})

/** Whether this browser has verified the header with this number and hash; it remembers the newest ones. */
export function isVerifiedHeader(number: number, hash: Hex): boolean {
  const now = verification.value
  return now.state === 'verified' && now.headers.some((each) => each.number === number && each.hash === hash)
}

let worker: Worker | undefined

/** Those that the worker was asked for, by their number. */
const proofs = new Map<number, Pick<PromiseWithResolvers<VerifiedAccount>, 'resolve' | 'reject'>>()
let nextProof = 0

/**
 * Follows the node's feed in a thread of its own while somebody sees the page. What doesn't hold stays said, until
 * {@link verifyAgain}, or until another sequencer is pinned.
 */
export function verifyChain(): void {
  effect(() => {
    if (!isVisible.value) stop()
    else if (verification.peek().state !== 'failed') start()
  })
  let pinned = pinnedSequencer.peek()
  effect(() => {
    if (pinnedSequencer.value === pinned) return
    pinned = pinnedSequencer.value
    verifyAgain()
  })
}

/** What the node shows is not what was verified. */
export function failVerification({ code, message }: { code: string; message: string }): void {
  const now = verification.peek()
  if (now.state !== 'verified') return
  stop()
  verification.value = { state: 'failed', code, message, verified: now }
}

/**
 * An account with the slots of these keys, as it is after the newest verified block, by a proof that this browser checks.
 *
 * @throws Error that says why it isn't proven.
 */
export function proveAccount(address: Hex, keys: readonly Hex[]): Promise<VerifiedAccount> {
  const { promise, resolve, reject } = Promise.withResolvers<VerifiedAccount>()
  if (worker === undefined) reject(new Error('Nothing is verified now'))
  else {
    const order: ProofOrder = { kind: 'prove', id: nextProof++, address, keys }
    proofs.set(order.id, { resolve, reject })
    worker.postMessage(order)
  }
  return promise
}

export function verifyAgain(): void {
  verification.value = { state: 'connecting' }
  start()
}

function start(): void {
  stop()
  worker = new Worker(new URL('./verifyWorker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => take(data)
  const order: VerifyOrder = {
    kind: 'verify',
    url: new URL('.', document.baseURI).href,
    sequencer: pinnedSequencer.peek(),
  }
  worker.postMessage(order)
}

function take(message: WorkerMessage): void {
  if (message.kind !== 'verification') {
    const asked = proofs.get(message.id)
    proofs.delete(message.id)
    if (message.kind === 'proven') asked?.resolve(message.account)
    else asked?.reject(new Error(message.message))
    return
  }
  verification.value = message.verification
  if (message.verification.state === 'failed') stop()
}

function stop(): void {
  worker?.terminate()
  worker = undefined
  for (const { reject } of proofs.values()) reject(new Error('The verification has ended'))
  proofs.clear()
}
