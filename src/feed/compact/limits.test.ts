import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import * as limits from './limits.ts'

const KERNEL = resolve(import.meta.dirname, '../../kernels/assembly/body')
const DECLARED = /^(?:export )?const (MAX_\w+): \w+ = (\d+)(?: << (\d+))?$/gm

/** Name and value of the limits in the kernel's sources, which can't import those of this room. */
function* kernelLimits(): Generator<[string, number]> {
  for (const file of readdirSync(KERNEL)) {
    for (const [, name, base, shift] of readFileSync(join(KERNEL, file), 'utf8').matchAll(DECLARED))
      yield [name!, Number(base) * 2 ** Number(shift ?? 0)]
  }
}

test('both decoders of bodies have the same limits', () => {
  const own = new Map<string, number>(Object.entries(limits))
  const shared = [...kernelLimits()].filter(([name]) => own.has(name))
  assert.deepEqual(
    shared,
    shared.map(([name]) => [name, own.get(name)]),
  )
  // All but those that the kernel calls otherwise, or leaves to the host.
  const names = new Set(shared.map(([name]) => name))
  const missing = [...own.keys()].filter((name) => !names.has(name))
  assert.deepEqual(missing.sort(), [
    'DICTIONARY_BODY_BYTES',
    'MAX_COLUMNS_BYTES',
    'MAX_FRAMES_BYTES',
    'MAX_RECEIPT_WORDS',
  ])
})
