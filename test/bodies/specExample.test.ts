/** The example at the end of docs/spec/mini-block.md. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OldState } from '../../src/feed/index.ts'
import { TwinDecoder } from '../../src/feed/testing/index.ts'
import { hexToBytes } from '../../src/lib/index.ts'
import { EMPTY_CODE_HASH } from '../../src/protocol/index.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/spec/mini-block.md'), 'utf8')

/** Only 0xaa…aa exists. */
const STATE: OldState = {
  account: ([first]) =>
    first === 0xaa ? { nonce: 0n, balance: 10n ** 18n, codeHash: EMPTY_CODE_HASH } : undefined,
  slot: () => new Uint8Array(32),
}

test("the specification's example gives the frames that it names", () => {
  const [, hex] = /```hex\n([0-9a-f\n]+)```/.exec(page)!
  const [, hashes] = /```text\n([0-9a-f\n]+)```/.exec(page)!
  const expected = hashes!.trim().split('\n')
  const body = hexToBytes(`0x${hex!.replaceAll('\n', '')}`)
  const entry = { body, beginsAnew: true, recordCount: expected.length }
  const frames = Array.from(new TwinDecoder(STATE).records(entry), ({ frame }) => hash('sha256', frame))
  assert.deepEqual(frames, expected)
})
