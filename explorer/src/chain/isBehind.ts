import { computed, effect, signal } from '@preact/signals'
import { now } from './clock.ts'
import { miniBlocks } from './live.ts'
import { verification } from './verification.ts'

/** What has been shown for so long should have been checked. */
const CHECKED_WITHIN_SECONDS = 4

/** The newest mini-blocks that the page showed at its last seconds, the oldest first. */
const shown = signal<readonly number[]>([])

effect(() => {
  // With each second.
  now.value
  const newest = miniBlocks.peek()[0]?.number ?? 0
  shown.value = [...shown.peek(), newest].slice(-CHECKED_WITHIN_SECONDS)
})

/** What is checked doesn't keep up with what is shown: the device is too slow for it, or the node keeps its stream back. */
export const isBehind = computed(() => {
  const [due = 0] = shown.value
  return verification.value.state === 'verified' && verification.value.newest < due
})
