import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { MemberWatch } from './MemberWatch.ts'

describe('MemberWatch', () => {
  it('tells what each member answers, and why one gives no answer', async (t) => {
    let asked = 0
    const credentials: unknown[] = []
    const server = createServer(({ headers }, response) => {
      asked++
      credentials.push(headers.authorization)
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { role: 'replica' } }))
    }).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const watch = new MemberWatch([
      { name: 'a', url },
      { name: 'b', url: 'http://127.0.0.1:1' },
      { name: 'c', url: url.replace('//', '//me:secret@') },
    ])
    const [a, b, c] = await watch.read()
    assert.deepEqual(a, { name: 'a', url, status: { role: 'replica' }, error: undefined })
    assert.equal(b!.status, undefined)
    assert.ok(b!.error!.length > 0)
    assert.deepEqual(c!.status, { role: 'replica' })
    assert.doesNotMatch(JSON.stringify(c), /secret/)
    assert.deepEqual(new Set(credentials), new Set([undefined, `Basic ${btoa('me:secret')}`]))
    await watch.read()
    assert.equal(asked, 2, 'a moment later nobody is asked again')
  })
})
