import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { signHash, signNoble } from './secp256k1.ts'

describe('signHash', () => {
  test('gives the bytes that noble gives', () => {
    const key = fc.bigInt({ min: 1n, max: 2n ** 255n }).map((value) => {
      return new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
    })
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(hash, key, (digest, privateKey) => {
        assert.deepEqual(signHash(digest, privateKey), signNoble(digest, privateKey))
      }),
    )
  })
})
