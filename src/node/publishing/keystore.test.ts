import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { computeAddress, encryptKeystoreJsonSync } from 'ethers'
import { bytesToHex } from '../../lib/index.ts'
import { decryptKeystore, KeystoreError } from './keystore.ts'

/** A vector of the Web3 Secret Storage Definition. Its other one has scrypt parameters that OpenSSL refuses. */
const SECRET = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
const PASSWORD = 'testpassword'
const PBKDF2 = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}
/** As ethers writes it. */
const SCRYPT = JSON.parse(
  encryptKeystoreJsonSync({ address: computeAddress(SECRET), privateKey: SECRET }, PASSWORD, {
    scrypt: { N: 4096, r: 8, p: 1 },
  }),
)

describe('decryptKeystore', () => {
  test('reads what others write', () => {
    for (const file of [PBKDF2, SCRYPT])
      assert.equal(bytesToHex(decryptKeystore(JSON.stringify(file), PASSWORD)), SECRET)
  })

  test('names what is wrong, but no secret', () => {
    const wrong = (file: unknown, password = PASSWORD) => {
      try {
        decryptKeystore(typeof file === 'string' ? file : JSON.stringify(file), password)
      } catch (error) {
        assert.ok(error instanceof KeystoreError)
        assert.ok(!error.message.includes(password))
        return error.message
      }
      return ''
    }
    const changed = (fields: object) => ({ ...PBKDF2, crypto: { ...PBKDF2.crypto, ...fields } })
    const kdfparams = (fields: object) => changed({ kdfparams: { ...PBKDF2.crypto.kdfparams, ...fields } })
    assert.match(wrong(PBKDF2, 'another-password'), /the password is not/)
    assert.match(wrong('{'), /no JSON/)
    assert.match(wrong('null'), /version 3/)
    assert.match(wrong({ ...PBKDF2, version: 1 }), /version 3/)
    assert.match(wrong(changed({ kdf: 'none' })), /key derivation none/)
    assert.match(wrong(changed({ mac: 'zz' })), /mac/)
    assert.match(wrong(changed({ cipher: 'aes-256-gcm' })), /cipher aes-256-gcm/)
    assert.match(wrong(kdfparams({ c: 1e12 })), /too long/)
    assert.match(wrong(kdfparams({ dklen: 16 })), /dklen/)
    const scrypt = changed({ kdf: 'scrypt', kdfparams: { dklen: 32, n: 2 ** 40, r: 8, p: 1, salt: '00' } })
    assert.match(wrong(scrypt), /memory/)
    const odd = changed({ kdf: 'scrypt', kdfparams: { dklen: 32, n: 1000, r: 8, p: 1, salt: '00' } })
    assert.match(wrong(odd), /scrypt/)
  })
})
