import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { bytesToHex, concatBytes, hexToBytes } from '../lib/index.ts'
import {
  decodeRecord,
  encodeRecord,
  FeedError,
  type LogRecord,
  MAX_PAYLOAD_BYTES,
  miniBlockDigest,
  payloadOf,
} from './index.ts'
import { anyRecord, plainRecord } from './testLog.ts'

const failsWith = (code: string) => (error: unknown) => error instanceof FeedError && error.code === code

/** A frame with a right checksum around anything. */
function frameOf(version: number, kind: number, payload: Uint8Array): Uint8Array {
  const checked = concatBytes(Uint8Array.of(version, kind), payload)
  const head = new DataView(new ArrayBuffer(8))
  head.setUint32(0, payload.length, true)
  head.setUint32(4, crc32(checked), true)
  return concatBytes(new Uint8Array(head.buffer), checked)
}

describe('log records', () => {
  it('have this form', () => {
    const close: LogRecord = {
      kind: 'closeBlock',
      number: 258n,
      gasUsed: 1n,
      blobGasUsed: 0n,
      requests: [Uint8Array.of(1, 9)],
    }
    const payload =
      '0201000000000000' + '0100000000000000' + '0000000000000000' + '01000000' + '02000000' + '0109'
    assert.equal(bytesToHex(payloadOf(encodeRecord(close))), `0x${payload}`)
    assert.deepEqual(encodeRecord(close), frameOf(1, 4, hexToBytes(`0x${payload}`)))
    // CRC-32 of "123456789" is cbf43926 (the check value of the IEEE polynomial).
    assert.equal(crc32('123456789'), 0xcbf43926)
  })

  it('come back as they were', () => {
    fc.assert(
      fc.property(anyRecord, (record) =>
        assert.deepEqual(plainRecord(decodeRecord(encodeRecord(record))), plainRecord(record)),
      ),
    )
  })

  it('are refused when cut at any byte, and when anything follows', () => {
    fc.assert(
      fc.property(anyRecord, fc.uint8Array({ minLength: 1, maxLength: 9 }), (record, more) => {
        const frame = encodeRecord(record)
        for (let length = 0; length < frame.length; length++) {
          assert.throws(() => decodeRecord(frame.subarray(0, length)), failsWith('TRUNCATED'))
        }
        assert.throws(() => decodeRecord(concatBytes(frame, more)), failsWith('TRAILING_BYTES'))
      }),
      { numRuns: 30 },
    )
  })

  it('are refused when any bit is flipped', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const frame = encodeRecord(record)
        for (let bit = 0; bit < frame.length * 8; bit++) {
          const flipped = frame.slice()
          flipped[bit >> 3]! ^= 1 << (bit & 7)
          assert.throws(() => decodeRecord(flipped), FeedError)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('are never read wrongly out of any payload that has a right checksum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 }), fc.uint8Array({ maxLength: 200 }), (kind, payload) => {
        const frame = frameOf(1, kind, payload)
        let record: LogRecord
        try {
          record = decodeRecord(frame)
        } catch (error) {
          assert.ok(error instanceof FeedError)
          return
        }
        assert.deepEqual(encodeRecord(record), frame)
      }),
      { numRuns: 2000 },
    )
  })

  it('never crash the reader of random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        assert.throws(() => decodeRecord(bytes), FeedError),
      ),
    )
  })

  it('of another version or kind are refused by name', () => {
    assert.throws(() => decodeRecord(frameOf(2, 4, new Uint8Array(28))), failsWith('UNKNOWN_VERSION'))
    assert.throws(() => decodeRecord(frameOf(1, 7, new Uint8Array(28))), failsWith('UNKNOWN_KIND'))
    assert.throws(() => decodeRecord(frameOf(1, 0, new Uint8Array(28))), failsWith('UNKNOWN_KIND'))
  })

  it('larger than the limit are neither written nor read', () => {
    const header = new Uint8Array(MAX_PAYLOAD_BYTES)
    assert.throws(
      () => encodeRecord({ kind: 'sealHeader', number: 1n, header }),
      failsWith('RECORD_TOO_LARGE'),
    )
    const head = new Uint8Array(20)
    new DataView(head.buffer).setUint32(0, MAX_PAYLOAD_BYTES + 1, true)
    assert.throws(() => decodeRecord(head), failsWith('RECORD_TOO_LARGE'))
  })

  it('of counts that promise more than there is are refused without the memory for them', () => {
    const payload = new Uint8Array(28)
    new DataView(payload.buffer).setUint32(24, 0xffffffff, true)
    assert.throws(() => decodeRecord(frameOf(1, 4, payload)), failsWith('TRUNCATED'))
  })
})

describe('miniBlockDigest', () => {
  it('is the sha256 that its documentation says', () => {
    const parentDigest = new Uint8Array(32).fill(0xaa)
    const chunkDigests = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const digest = miniBlockDigest(
      {
        kind: 'sealMiniBlock',
        number: 1n,
        epoch: 2n,
        timestampUs: 3n,
        blockNumber: 4n,
        indexInBlock: 5,
        transactionCount: 6,
        gasUsed: 7n,
        parentDigest,
      },
      chunkDigests,
    )
    const numbers =
      '0x' +
      ['0100000000000000', '0200000000000000', '0300000000000000', '0400000000000000'].join('') +
      ['05000000', '06000000', '0700000000000000'].join('')
    const preimage = concatBytes(parentDigest, hexToBytes(numbers), ...chunkDigests)
    assert.equal(bytesToHex(digest), `0x${createHash('sha256').update(preimage).digest('hex')}`)
  })
})
