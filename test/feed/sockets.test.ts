import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { FeedSourceError } from '../../src/feed/index.ts'
import { encodedEntries, ListSource } from '../../src/feed/testing/index.ts'
import {
  FeedConnectError,
  FeedServer,
  FeedUrlError,
  openFeed,
  type TlsIdentity,
} from '../../src/node/transport/index.ts'

async function collect(items: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = []
  for await (const item of items) taken.push(item)
  return taken
}

/** A certificate for `localhost` that signs itself; undefined where there is no openssl. */
function selfSigned(): TlsIdentity | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'
  try {
    const names = ['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert]
    execFileSync('openssl', [...request.split(' '), ...names], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('a stream over sockets', () => {
  test('comes over TCP', async () => {
    const entries = await encodedEntries(20, new Uint8Array(5000))
    const source = new ListSource(entries)
    const server = await FeedServer.open(source, { host: '127.0.0.1', port: 0 })
    const feed = await openFeed(`tcp://127.0.0.1:${server.port}`)
    assert.deepEqual(await feed.hello(), await source.hello())
    assert.deepEqual(await collect(feed.entries(0n)), entries)
    assert.equal(server.connections, 1)
    assert.ok(server.sentBytes > entries.reduce((sum, { length }) => sum + length, 0))
    server.close()
    await assert.rejects(
      collect(feed.entries(0n)),
      (error) => error instanceof FeedSourceError && error.code === 'CLOSED',
    )
  })

  test('comes over TLS, from whom is trusted only', async (t) => {
    const tls = selfSigned()
    if (tls === undefined) return t.skip('openssl is not installed: no certificate can be made')
    const source = new ListSource(await encodedEntries(1))
    const server = await FeedServer.open(source, { host: '127.0.0.1', port: 0, tls })
    const url = `tls://localhost:${server.port}`
    const feed = await openFeed(url, { ca: tls.cert })
    assert.deepEqual(await feed.hello(), await source.hello())
    feed.close()
    await assert.rejects(openFeed(url), FeedConnectError)
    server.close()
  })

  test('who does not keep to the protocol is told of, and refused', async () => {
    const source = new ListSource(await encodedEntries(1))
    const refused: string[] = []
    const onRefused = (error: Error) => void refused.push(error.message)
    const server = await FeedServer.open(source, { host: '127.0.0.1', port: 0, onRefused })
    const socket = connect({ port: server.port, host: '127.0.0.1' })
    socket.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
    assert.match(refused[0]!, /NO_PREFACE/)
    server.close()
  })

  test('says that there is no room, and has room again once somebody has gone', async () => {
    const source = new ListSource(await encodedEntries(1))
    const refused: string[] = []
    const onRefused = (error: Error) => void refused.push(error.message)
    const server = await FeedServer.open(source, { host: '127.0.0.1', port: 0, onRefused })
    const url = `tcp://127.0.0.1:${server.port}`
    const feeds = []
    for (let i = 0; i < 256; i++) feeds.push(await openFeed(url))
    await assert.rejects((await openFeed(url)).hello(), {
      code: 'LIMIT',
      message: /256 connections are open there/,
    })
    assert.match(refused[0]!, /256 connections/)
    assert.equal(server.connections, 256)
    for (const feed of feeds.splice(0, 100)) feed.close()
    while (server.connections > 156) await new Promise(setImmediate)
    const late = await openFeed(url)
    assert.deepEqual(await late.hello(), await source.hello())
    for (const feed of [...feeds, late]) feed.close()
    server.close()
  })

  test('an address is one of a stream, and somebody is there', async () => {
    for (const url of [
      'http://a:1',
      'tcp://a',
      'tcp://a:0',
      'tcp://a:70000',
      'tcp://user@a:1',
      'tcp://a:1/x',
      '',
    ])
      await assert.rejects(openFeed(url), FeedUrlError)
    const server = await FeedServer.open(new ListSource([]), { host: '::1', port: 0 }).catch(() => undefined)
    const port = server?.port ?? 9
    server?.close()
    await assert.rejects(openFeed(`tcp://[::1]:${port}`), FeedConnectError)
  })
})
