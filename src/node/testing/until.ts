import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

const TRIES = 3_000
const PAUSE_MS = 20

/** Waits for something that comes by itself: a minute or more, as a busy machine may need. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < TRIES; i++) {
    if (await isSo()) return
    await pause(PAUSE_MS)
  }
  assert.fail(`${what}: it did not come`)
}
