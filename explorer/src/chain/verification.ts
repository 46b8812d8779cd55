import { effect, signal } from '@preact/signals'
import { isVisible } from './clock.ts'
import type { Verification } from './verifyWorker.ts'

/** What this browser has checked by itself of what the node shows. */
export const verification = signal<Verification>({ state: 'connecting' })

let worker: Worker | undefined

/**
 * Follows the node's feed in a thread of its own while somebody sees the page. What doesn't hold stays said, until
 * {@link verifyAgain}.
 */
export function verifyChain(): void {
  effect(() => {
    if (!isVisible.value) stop()
    else if (verification.peek().state !== 'failed') start()
  })
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
  worker.postMessage(new URL('.', document.baseURI).href)
}

function stop(): void {
  worker?.terminate()
  worker = undefined
}
