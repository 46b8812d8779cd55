import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delegateOf } from './delegation.ts'

const DELEGATE = '0x00000000000000000000000000000000000cafe1'

describe('delegateOf', () => {
  it('reads whose code runs for an account', () => {
    assert.equal(delegateOf(`0xef0100${DELEGATE.slice(2)}`), DELEGATE)
  })

  it('gives nothing for other code', () => {
    for (const code of ['0x', '0xef0100', `0xef0101${DELEGATE.slice(2)}`, `0xef0100${DELEGATE.slice(2)}00`])
      assert.equal(delegateOf(code), undefined, code)
  })
})
