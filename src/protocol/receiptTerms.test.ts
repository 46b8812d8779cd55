import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bytesToHex } from '../lib/index.ts'
import { bloomOfLogs, encodeReceipt, type Log, type TransactionType } from './index.ts'
import { ADDRESS_TERM, countLogs, logPlaces, TOPIC_STRIDE, visitReceiptTerms } from './receiptTerms.ts'

const hexOf = (bytes: Uint8Array, from: number, to: number) => bytesToHex(bytes.subarray(from, to))

describe('visitReceiptTerms', () => {
  it('finds every address and topic of an encoded receipt, whatever the lengths', () => {
    const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    const log: fc.Arbitrary<Log> = fc.record({
      address: fixed(20),
      topics: fc.array(fixed(32), { maxLength: 4 }),
      // One byte below 0x80 is its own encoding; from 56 and 256 bytes on a header grows.
      data: fc.oneof(fc.uint8Array({ maxLength: 60 }), fixed(256), fixed(70_000)),
    })
    const receipt = fc.record({
      type: fc.integer({ min: 0, max: 4 }) as fc.Arbitrary<TransactionType>,
      status: fc.constantFrom<0 | 1>(0, 1),
      cumulativeGasUsed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      logs: fc.array(log, { maxLength: 5 }),
    })
    fc.assert(
      fc.property(receipt, (fields) => {
        const encoded = encodeReceipt({ ...fields, bloom: bloomOfLogs(fields.logs) })
        const visited: [number, string][] = []
        const count = visitReceiptTerms(encoded, (kind, bytes, at) => {
          visited.push([kind, bytesToHex(bytes.subarray(at, at + (kind === ADDRESS_TERM ? 20 : 32)))])
        })
        const expected = fields.logs.flatMap(({ address, topics }) => [
          [ADDRESS_TERM, bytesToHex(address)],
          ...topics.map((topic, kind) => [kind, bytesToHex(topic)]),
        ])
        assert.deepEqual(visited, expected)
        assert.equal(count, fields.logs.length)
        assert.equal(countLogs(encoded), fields.logs.length)
        const found = logPlaces(encoded).map((place) => [
          hexOf(encoded, place.addressAt, place.addressAt + 20),
          ...Array.from({ length: place.topicCount }, (_, i) => {
            const at = place.firstTopicAt + i * TOPIC_STRIDE
            return hexOf(encoded, at, at + 32)
          }),
          hexOf(encoded, place.dataAt, place.dataEnd),
        ])
        const logs = fields.logs.map(({ address, topics, data }) =>
          [address, ...topics, data].map(bytesToHex),
        )
        assert.equal(found.join(), logs.join())
      }),
      { numRuns: 100 },
    )
  })
})
