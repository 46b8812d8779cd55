import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, Prng } from '../lib/index.ts'
import { decodeStateDiff, encodeStateDiff, type StateDiff } from './StateDiff.ts'

const DIFF: StateDiff = {
  accounts: [
    {
      address: fill(1, 20),
      deleted: false,
      nonce: 2n ** 64n - 1n,
      balance: 2n ** 255n + 7n,
      codeHash: fill(9, 32),
    },
    { address: fill(2, 20), deleted: true, nonce: 0n, balance: 0n, codeHash: fill(0, 32) },
  ],
  slots: [{ address: fill(1, 20), key: fill(4, 32), value: fill(5, 32) }],
  codes: [
    { hash: fill(6, 32), code: fill(7, 300) },
    { hash: fill(8, 32), code: fill(0, 0) },
  ],
}

describe('StateDiff', () => {
  it('decodes to what was encoded', () => {
    assert.deepEqual(decodeStateDiff(encodeStateDiff(DIFF)), { ok: true, diff: DIFF })
    const empty: StateDiff = { accounts: [], slots: [], codes: [] }
    assert.equal(bytesToHex(encodeStateDiff(empty)), `0x${'00'.repeat(12)}`)
    assert.deepEqual(decodeStateDiff(encodeStateDiff(empty)), { ok: true, diff: empty })
  })

  it('has the layout that its comment describes', () => {
    const bytes = encodeStateDiff({ ...DIFF, codes: [], slots: [], accounts: [DIFF.accounts[0]!] })
    const expected = [
      '01000000',
      '01'.repeat(20),
      '00',
      'ff'.repeat(8),
      `80${'00'.repeat(30)}07`,
      '09'.repeat(32),
      '00000000',
      '00000000',
    ]
    assert.equal(bytesToHex(bytes), `0x${expected.join('')}`)
  })

  it('reads from a view into a larger buffer', () => {
    const bytes = encodeStateDiff(DIFF)
    const larger = new Uint8Array(bytes.length + 7)
    larger.set(bytes, 5)
    assert.deepEqual(decodeStateDiff(larger.subarray(5, 5 + bytes.length)), { ok: true, diff: DIFF })
  })

  it('refuses every cut and every addition by name', () => {
    const bytes = encodeStateDiff(DIFF)
    for (let length = 0; length < bytes.length; length++) {
      const result = decodeStateDiff(bytes.subarray(0, length))
      assert.equal(result.ok ? 'accepted' : result.code, 'StateDiffTooShort', `${length} bytes`)
    }
    const longer = decodeStateDiff(new Uint8Array([...bytes, 0]))
    assert.equal(longer.ok ? 'accepted' : longer.code, 'StateDiffTrailingBytes')
    bytes[4 + 20] = 2
    const flagged = decodeStateDiff(bytes)
    assert.equal(flagged.ok ? 'accepted' : flagged.code, 'StateDiffUnknownFlags')
  })

  it('never throws on random bytes', () => {
    const prng = new Prng(11)
    for (let i = 0; i < 2000; i++) {
      const bytes = encodeStateDiff(DIFF)
      for (let j = 0; j < 3; j++) bytes[prng.nextInt(bytes.length)] = prng.nextInt(256)
      decodeStateDiff(bytes)
    }
  })
})

function fill(byte: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}
