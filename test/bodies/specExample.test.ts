/** The example at the end of docs/spec/mini-block.md. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OldState } from '../../src/feed/index.ts'
import { TwinDecoder } from '../../src/feed/testing/index.ts'
import { concatBytes, hexToBytes } from '../../src/lib/index.ts'
import { EMPTY_CODE_HASH } from '../../src/protocol/index.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/spec/mini-block.md'), 'utf8')

/** Only 0xaa…aa exists. */
const STATE: OldState = {
  account: ([first]) =>
    first === 0xaa ? { nonce: 0n, balance: 10n ** 18n, codeHash: EMPTY_CODE_HASH } : undefined,
  slot: () => new Uint8Array(32),
}

const FRAME_HEAD_BYTES = 10
const DIGEST_BYTES = 32

function exampleFrames(): Uint8Array[] {
  const [, hex] = /```hex\n([0-9a-f\n]+)```/.exec(page)!
  const body = hexToBytes(`0x${hex!.replaceAll('\n', '')}`)
  const entry = { body, beginsAnew: true, recordCount: 3 }
  return Array.from(new TwinDecoder(STATE).records(entry), ({ frame }) => frame)
}

test("the specification's example gives the frames that it names", () => {
  const [, hashes] = /```text\n([0-9a-f\n]+)```/.exec(page)!
  const expected = hashes!.trim().split('\n')
  assert.deepEqual(
    exampleFrames().map((frame) => hash('sha256', frame)),
    expected,
  )
})

test("the example's seal has the digest that the specification says", () => {
  const [, chunk, seal] = exampleFrames().map((frame) => frame.subarray(FRAME_HEAD_BYTES))
  const signed = concatBytes(seal!.subarray(0, -DIGEST_BYTES), hash('sha256', chunk!, 'buffer'))
  assert.equal(hash('sha256', signed), Buffer.from(seal!.subarray(-DIGEST_BYTES)).toString('hex'))
})
