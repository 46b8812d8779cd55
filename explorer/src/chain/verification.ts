import { computed, effect, signal } from '@preact/signals'
import type { Hex } from '../lib/hex.ts'
import { isVisible } from './clock.ts'
import { nodeStatus } from './nodeStatus.ts'
import { pinnedSequencer } from './pinnedSequencer.ts'
import type { Verification, VerifyOrder } from './verifyWorker.ts'

/** What this browser has checked by itself of what the node shows. */
export const verification = signal<Verification>({ state: 'connecting' })

/** Whose signatures there are: as this browser has checked, else as the node says; undefined where nobody signs. */
export const knownSequencer = computed<Hex | undefined>(() => {
  const now = verification.value
  const verified = now.state === 'verified' ? now : now.state === 'failed' ? now.verified : undefined
  return verified?.sequencer ?? nodeStatus.value?.following?.sequencer
})

let worker: Worker | undefined

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

export function verifyAgain(): void {
  verification.value = { state: 'connecting' }
  start()
}

function start(): void {
  stop()
  worker = new Worker(new URL('./verifyWorker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }: MessageEvent<Verification>) => {
    verification.value = data
    if (data.state === 'failed') stop()
  }
  const order: VerifyOrder = {
    url: new URL('.', document.baseURI).href,
    sequencer: pinnedSequencer.peek(),
  }
  worker.postMessage(order)
}

function stop(): void {
  worker?.terminate()
  worker = undefined
}
