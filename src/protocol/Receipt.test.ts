import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { keccak256 as viemKeccak } from 'viem'
import { bytesToHex, fromBigInt, hexToBytes } from '../lib/index.ts'
import { bloomContains } from './bloom.ts'
import { bloomOfLogs, decodeReceipt, encodeReceipt, type Log, type Receipt } from './Receipt.ts'
import { receiptFields } from './receiptFields.ts'
import { countLogs } from './receiptTerms.ts'
import { rlpEncode } from './rlp.ts'

const log: Log = {
  address: hexToBytes('0x0000000000000000000000000000000000000011'),
  topics: [
    hexToBytes('0x000000000000000000000000000000000000000000000000000000000000dead'),
    hexToBytes('0x000000000000000000000000000000000000000000000000000000000000beef'),
  ],
  data: hexToBytes('0x0100ff'),
}
const receipt: Receipt = {
  type: 2,
  status: 1,
  cumulativeGasUsed: 70_000n,
  bloom: bloomOfLogs([log]),
  logs: [log],
}

describe('Receipt', () => {
  it('encodes every type with its prefix and decodes to itself', () => {
    for (const type of [0, 1, 2, 3, 4] as const) {
      const encoded = encodeReceipt({ ...receipt, type })
      assert.equal(encoded[0]! < 5 ? encoded[0] : 0, type)
      assert.deepEqual(decodeReceipt(encoded), { ok: true, receipt: { ...receipt, type } })
    }
    const failed: Receipt = { ...receipt, status: 0, logs: [], bloom: new Uint8Array(256) }
    assert.deepEqual(decodeReceipt(encodeReceipt(failed)), { ok: true, receipt: failed })
  })

  it('keeps the state root that a receipt had before Byzantium, and reads past it', () => {
    const early: Receipt = { ...receipt, type: 0, status: 1, root: new Uint8Array(32).fill(7) }
    const encoded = encodeReceipt(early)
    assert.deepEqual(decodeReceipt(encoded), { ok: true, receipt: early })
    const { cumulativeGasUsed, bloom } = receiptFields(encoded)
    assert.deepEqual([cumulativeGasUsed, bloom], [early.cumulativeGasUsed, early.bloom])
    assert.equal(countLogs(encoded), early.logs.length)
  })

  it('encodes an empty failed receipt as pinned', () => {
    const failed: Receipt = {
      type: 0,
      status: 0,
      cumulativeGasUsed: 1n,
      bloom: new Uint8Array(256),
      logs: [],
    }
    assert.equal(bytesToHex(encodeReceipt(failed)), `0xf901068001b90100${'00'.repeat(256)}c0`)
  })

  it('refuses another shape', () => {
    const bloom = new Uint8Array(256)
    const wrong: [string, Uint8Array][] = [
      ['empty', new Uint8Array(0)],
      ['unknown type', Uint8Array.of(5, 0xc0)],
      ['status 2', rlpEncode([Uint8Array.of(2), Uint8Array.of(1), bloom, []])],
      ['gas with leading zeros', rlpEncode([Uint8Array.of(1), Uint8Array.of(0, 1), bloom, []])],
      ['short bloom', rlpEncode([Uint8Array.of(1), Uint8Array.of(1), bloom.subarray(1), []])],
      [
        'log without data',
        rlpEncode([Uint8Array.of(1), Uint8Array.of(1), bloom, [[new Uint8Array(20), []]]]),
      ],
    ]
    for (const [name, bytes] of wrong) {
      const result = decodeReceipt(bytes)
      assert.equal(result.ok ? 'accepted' : result.code, 'InvalidReceipt', name)
    }
  })
})

describe('bloom', () => {
  it('contains what was added', () => {
    const bloom = bloomOfLogs([log])
    for (const item of [log.address, ...log.topics]) assert.ok(bloomContains(bloom, item))
    assert.equal(bloomContains(bloom, hexToBytes(`0x${'77'.repeat(20)}`)), false)
  })

  it('has the bits that an independent computation gives', () => {
    // Three 11-bit numbers from keccak256 of the item, each the exponent of a power of two in a 2048-bit integer.
    const expected = new Uint8Array(256)
    for (const item of [log.address, ...log.topics]) {
      const hash = hexToBytes(viemKeccak(item))
      let bits = 0n
      for (const i of [0, 2, 4]) bits |= 1n << BigInt(((hash[i]! << 8) | hash[i + 1]!) & 0x7ff)
      for (const [i, byte] of fromBigInt(bits, 256).entries()) expected[i]! |= byte
    }
    assert.deepEqual(bloomOfLogs([log]), expected)
  })
})
