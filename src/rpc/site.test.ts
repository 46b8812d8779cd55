import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { RpcServer } from './RpcServer.ts'
import type { SiteFile } from './site.ts'
import { FakeChain, type Listening, listen } from './testing/index.ts'

const FILES: Readonly<Record<string, SiteFile>> = {
  '/': {
    bytes: Buffer.from('<!doctype html>'),
    contentType: 'text/html; charset=utf-8',
    etag: '"page"',
    isImmutable: false,
  },
  '/assets/a-1.js': {
    bytes: Buffer.from('export {}'),
    contentType: 'text/javascript; charset=utf-8',
    etag: '"a"',
    isImmutable: true,
  },
}
const CALL = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'

describe('the site at /', () => {
  let listening: Listening
  before(async () => {
    const server = new RpcServer(new FakeChain(), { virtualHosts: ['localhost'], corsOrigins: [] })
    listening = await listen(server, { site: (path) => FILES[path] })
  })
  after(() => listening.close())
  const get = (path: string, init: RequestInit = {}) => fetch(listening.url + path, init)

  it('answers GET with the files', async () => {
    for (const [path, file] of Object.entries(FILES)) {
      const response = await get(path)
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-type'), file.contentType)
      assert.equal(await response.text(), Buffer.from(file.bytes).toString())
    }
    assert.equal((await get('/?from=here')).status, 200)
  })

  it('answers HEAD without the body', async () => {
    const response = await get('/', { method: 'HEAD' })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-length'), '15')
    assert.equal(await response.text(), '')
  })

  it('lets browsers keep what never changes, and ask for the rest', async () => {
    assert.equal((await get('/')).headers.get('cache-control'), 'no-cache')
    assert.match((await get('/assets/a-1.js')).headers.get('cache-control')!, /immutable/)
    for (const known of ['"page"', 'W/"page"', '"old", "page"', '*']) {
      const response = await get('/', { headers: { 'if-none-match': known } })
      assert.equal(response.status, 304, known)
      assert.equal(response.headers.get('etag'), '"page"')
    }
    assert.equal((await get('/', { headers: { 'if-none-match': '"old"' } })).status, 200)
  })

  it('lets the page reach nothing but its own origin', async () => {
    const { headers } = await get('/')
    const policy = headers.get('content-security-policy')!
    assert.match(policy, /^default-src 'none';/)
    assert.doesNotMatch(policy, /'unsafe|https?:|\*/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
  })

  it('answers 404 for what is not there', async () => {
    for (const path of ['/assets', '/assets/../package.json', '/%2e%2e/package.json', '/transactions']) {
      assert.equal((await get(path)).status, 404, path)
    }
  })

  it('holds the host check', async () => {
    assert.deepEqual(await getAs('evil.example', '/'), [403, 'invalid host specified\n'])
    assert.deepEqual(await getAs('localhost', '/'), [200, '<!doctype html>'])
  })

  it('leaves JSON-RPC as it was', async () => {
    const init = { method: 'POST', body: CALL, headers: { 'content-type': 'application/json' } }
    assert.equal(await (await get('/', init)).text(), '{"jsonrpc":"2.0","id":1,"result":"0x7a69"}')
    assert.equal((await get('/', { method: 'PUT', body: CALL })).status, 405)
    assert.equal((await get('/', { method: 'OPTIONS' })).status, 204)
  })

  /** fetch doesn't let its caller choose the host. */
  function getAs(host: string, path: string): Promise<[number, string]> {
    return new Promise((resolve, reject) => {
      const asked = request(`${listening.url}${path}`, { headers: { host } }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve([response.statusCode!, text]))
      })
      asked.on('error', reject)
      asked.end()
    })
  }
})
