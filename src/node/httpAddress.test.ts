import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { httpAddressOf } from './httpAddress.ts'

const credentialsIn = (text: string) => {
  const { url, headers } = httpAddressOf(text)
  const [, base64] = headers.authorization!.split(' ')
  return [url, Buffer.from(base64!, 'base64').toString()]
}

describe('httpAddressOf', () => {
  it('leaves an address without credentials as it is', () => {
    assert.deepEqual(httpAddressOf('http://host:1/a?b'), { url: 'http://host:1/a?b', headers: {} })
  })

  it('takes user and password out of the address', () => {
    assert.deepEqual(credentialsIn('http://me:secret@host/a'), ['http://host/a', 'me:secret'])
    assert.deepEqual(credentialsIn('http://me:%C3%BC%40@host/'), ['http://host/', 'me:ü@'])
  })

  it('takes a % that begins no escape for itself', () => {
    assert.deepEqual(credentialsIn('http://me:50%@host/'), ['http://host/', 'me:50%'])
    assert.deepEqual(credentialsIn('http://me:%zz%41@host/'), ['http://host/', 'me:%zzA'])
  })
})
