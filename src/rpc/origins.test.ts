import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hostAllowed, isSameOrigin, originAllowed } from './origins.ts'

describe('originAllowed', () => {
  it('takes entries as they are, or with one wildcard', () => {
    const allowed = ['https://app.example', 'HTTPS://*.trusted.example', 'http://localhost:*']
    for (const origin of [
      undefined,
      'https://app.example',
      'https://APP.example',
      'https://a.trusted.example',
      'https://a.b.trusted.example',
      'http://localhost:3000',
    ]) {
      assert.equal(originAllowed(allowed, origin), true, String(origin))
    }
    for (const origin of [
      '',
      'null',
      'http://app.example',
      'https://app.example.evil',
      'https://trusted.example',
      'https://.trusted.exampl',
      'http://localhost',
    ]) {
      assert.equal(originAllowed(allowed, origin), false, origin)
    }
    assert.equal(originAllowed(['*'], 'https://any.example'), true)
    assert.equal(originAllowed([], 'https://any.example'), false)
  })
})

describe('isSameOrigin', () => {
  it('takes the page that came from the host and port that are called', () => {
    assert.equal(isSameOrigin('http://localhost:8545', 'localhost:8545'), true)
    assert.equal(isSameOrigin('https://node.example', 'node.example'), true)
    assert.equal(isSameOrigin('http://localhost:3000', 'localhost:8545'), false)
    assert.equal(isSameOrigin('http://evil.example', 'localhost:8545'), false)
    assert.equal(isSameOrigin('file://localhost:8545', 'localhost:8545'), false)
    assert.equal(isSameOrigin(undefined, 'localhost:8545'), false)
    assert.equal(isSameOrigin('http://', undefined), false)
  })
})

describe('hostAllowed', () => {
  it('takes addresses, and names that are listed', () => {
    const allowed = ['localhost', 'Node.example']
    for (const host of [
      '',
      undefined,
      'localhost:8545',
      'node.EXAMPLE',
      '127.0.0.1',
      '[::1]:8545',
      '10.1.2.3:1',
    ])
      assert.equal(hostAllowed(allowed, host), true, String(host))
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'a:b'])
      assert.equal(hostAllowed(allowed, host), false, host)
    assert.equal(hostAllowed(['*'], 'evil.example'), true)
  })
})
