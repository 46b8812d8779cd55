import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { encodeAbiParameters } from 'viem'
import { bytesToHex, hexToBytes } from '../lib/index.ts'
import type { Log } from './Receipt.ts'
import { DEPOSIT_EVENT_TOPIC, MAINNET_DEPOSIT_CONTRACT, parseDeposits, requestsHash } from './requests.ts'

const FIELDS = [48, 32, 8, 96, 8].map((size, i) => `0x${`${i + 1}`.repeat(2 * size)}` as const)
const DATA = hexToBytes(encodeAbiParameters(Array(5).fill({ type: 'bytes' }), FIELDS))

function depositLog(data: Uint8Array): Log {
  return { address: MAINNET_DEPOSIT_CONTRACT, topics: [DEPOSIT_EVENT_TOPIC], data }
}

describe('parseDeposits', () => {
  it('joins the five fields of every event in order', () => {
    const other: Log = { ...depositLog(DATA), address: new Uint8Array(20) }
    const otherTopic: Log = { ...depositLog(DATA), topics: [new Uint8Array(32)] }
    const result = parseDeposits(
      [other, depositLog(DATA), otherTopic, depositLog(DATA)],
      MAINNET_DEPOSIT_CONTRACT,
    )
    assert.ok(result.ok)
    const one = FIELDS.map((field) => field.slice(2)).join('')
    assert.equal(bytesToHex(result.data), `0x${one}${one}`)
  })

  it('refuses an event of another layout', () => {
    const changes: Uint8Array[] = [DATA.subarray(1)]
    // Each word of the head is an offset, each part begins with its size.
    for (const at of [31, 63, 95, 127, 159, 191, 287, 351, 415, 543, 0, 160]) {
      const changed = DATA.slice()
      changed[at]! ^= 1
      changes.push(changed)
    }
    for (const data of changes) {
      const result = parseDeposits([depositLog(data)], MAINNET_DEPOSIT_CONTRACT)
      assert.equal(result.ok ? 'accepted' : result.code, 'BlockException.INVALID_DEPOSIT_EVENT_LAYOUT')
    }
  })
})

describe('requestsHash', () => {
  it('leaves out requests without data', () => {
    const empty = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    assert.equal(bytesToHex(requestsHash([])), empty)
    assert.equal(bytesToHex(requestsHash([Uint8Array.of(0), Uint8Array.of(1)])), empty)
  })

  it('hashes the hashes', () => {
    // sha256(sha256(00 aa) ‖ sha256(02 bb)), computed with coreutils.
    const hash = requestsHash([Uint8Array.of(0, 0xaa), Uint8Array.of(1), Uint8Array.of(2, 0xbb)])
    assert.equal(bytesToHex(hash), '0xaaa4decc38366645458d6ff4a137b25f4527360b924fb6dd4ba9407031414393')
  })
})
