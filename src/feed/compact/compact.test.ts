import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BodyKernel } from '../../kernels/index.ts'
import { encodeRecord, payloadOf } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'
import { TwinDecoder } from '../testing/index.ts'
import { anyRecord, plainRecord } from '../testLog.ts'
import { BodyEncoder, BodyError, NO_STATE } from './index.ts'

const KERNEL = new BodyKernel()

function encode(records: readonly LogRecord[]): {
  body: Uint8Array
  beginsAnew: boolean
  recordCount: number
} {
  const encoder = new BodyEncoder(NO_STATE)
  for (const record of records) encoder.add(record, payloadOf(encodeRecord(record)))
  return { ...encoder.finish(), recordCount: records.length }
}

const decode = (entry: { body: Uint8Array; beginsAnew: boolean; recordCount: number }) => [
  ...new TwinDecoder(NO_STATE, KERNEL).records(entry),
]

function codeOf(entry: { body: Uint8Array; beginsAnew: boolean; recordCount: number }): string {
  try {
    decode(entry)
  } catch (error) {
    if (error instanceof BodyError) return error.code
    throw error
  }
  return 'none'
}

describe('bodies', () => {
  test('records come back with the bytes of their frames', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), (records) => {
        const decoded = decode(encode(records))
        assert.deepEqual(
          decoded.map(({ record }) => plainRecord(record)),
          records.map(plainRecord),
        )
        assert.deepEqual(
          decoded.map(({ frame }) => frame),
          records.map(encodeRecord),
        )
      }),
    )
  })

  test('other bytes are refused by name', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.array(anyRecord), fc.nat(500), fc.nat(255)).map(([records, at, byte]) => {
        const { body } = encode(records)
        body[at % body.length] = byte
        return body.subarray(0, at)
      }),
    )
    fc.assert(
      fc.property(bodies, fc.nat(5), (body, recordCount) => {
        codeOf({ body, recordCount, beginsAnew: true })
      }),
      { numRuns: 1000 },
    )
  })

  test('the number of records is that of the entry', () => {
    const entry = encode([{ kind: 'sealHeader', number: 1n, header: new Uint8Array(3) }])
    assert.equal(codeOf(entry), 'none')
    assert.equal(codeOf({ ...entry, recordCount: 2 }), 'TRUNCATED')
    assert.equal(codeOf({ ...entry, recordCount: 0 }), 'TRAILING_BYTES')
    assert.equal(codeOf({ ...entry, body: entry.body.subarray(1) }), 'VERSION')
  })
})
