import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

const TRIES = 800
const PAUSE_MS = 25

/** Waits for something that comes by itself. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < TRIES; i++) {
    if (await isSo()) return
    await pause(PAUSE_MS)
  }
  assert.fail('it did not come')
}
