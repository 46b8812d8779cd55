import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { publicKeyOf, recoverPublicKey, signHash, signNoble } from './secp256k1.ts'

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

describe('signatures where no binary fits the platform', () => {
  test('are made and recovered as where one does', () => {
    const withoutBinary = `
      import { registerHooks } from 'node:module'
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier === 'secp256k1/bindings.js') throw new Error('no native build was found')
          return next(specifier, context)
        },
      })
      const { isSigningNative, recoverPublicKey, recoverPublicKeyInto, signHash } = await import('./src/protocol/secp256k1.ts')
      const { r, s, yParity } = signHash(new Uint8Array(32).fill(7), new Uint8Array(32).fill(9))
      const signature = Buffer.concat([r, s])
      const key = recoverPublicKey(new Uint8Array(32).fill(7), signature, yParity)
      const into = new Uint8Array(65)
      const isThere = recoverPublicKeyInto(new Uint8Array(32).fill(7), signature, yParity, into)
      const hex = (bytes) => Buffer.from(bytes).toString('hex')
      console.log(JSON.stringify([isSigningNative(), hex(signature), yParity, hex(key), isThere, hex(into)]))`
    const told = execFileSync(process.execPath, ['--input-type=module', '--eval', withoutBinary], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
    })
    const [hash, privateKey] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(9)]
    const { r, s, yParity } = signHash(hash, privateKey)
    const signature = Buffer.concat([r, s])
    const key = Buffer.from(publicKeyOf(privateKey, false)).toString('hex')
    assert.equal(Buffer.from(recoverPublicKey(hash, signature, yParity)!).toString('hex'), key)
    assert.deepEqual(JSON.parse(told), [false, signature.toString('hex'), yParity, key, true, key])
  })
})
