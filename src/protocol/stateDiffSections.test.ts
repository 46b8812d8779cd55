import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak256 } from '../kernels/index.ts'
import { encodeStateDiff } from './StateDiff.ts'
import { joinStateDiff, StateDiffFormatError, splitStateDiff } from './stateDiffSections.ts'

const account = {
  ...{ address: new Uint8Array(20).fill(1), deleted: false, nonce: 2n, balance: 3n },
  codeHash: new Uint8Array(32).fill(4),
}
const slot = {
  address: new Uint8Array(20).fill(1),
  key: new Uint8Array(32).fill(5),
  value: new Uint8Array(32).fill(6),
}
const codes = [3, 0, 70].map((length) => {
  const code = new Uint8Array(length).fill(7)
  return { hash: keccak256(code), code }
})
const DIFF = encodeStateDiff({ accounts: [account, account], slots: [slot], codes })

describe('the sections of a state diff', () => {
  it('are its own bytes, and make it again', () => {
    const sections = splitStateDiff(DIFF)
    assert.deepEqual([sections.accounts.length, sections.slots.length, sections.codes.length], [186, 84, 3])
    assert.deepEqual(joinStateDiff(sections), DIFF)
    assert.deepEqual(joinStateDiff({}), encodeStateDiff({ accounts: [], slots: [], codes: [] }))
  })

  it('are refused of a diff that is cut anywhere, or goes on behind its end', () => {
    for (let length = 0; length < DIFF.length; length++)
      assert.throws(() => splitStateDiff(DIFF.subarray(0, length)), StateDiffFormatError, `${length} bytes`)
    assert.throws(() => splitStateDiff(Buffer.concat([DIFF, Uint8Array.of(0)])), /1 bytes after its end/)
  })
})
