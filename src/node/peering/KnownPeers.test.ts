import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { KnownPeers } from './KnownPeers.ts'

const at = (n: number) => `/ip4/10.0.0.${n}/tcp/9000`
const peer = (n: number) => `Peer${String.fromCharCode(0x60 + n)}`.replace('l', 'z')

describe('KnownPeers', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leveret-peers-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('keeps the addresses that were reached last, a peer once', () => {
    const known = new KnownPeers(folder)
    for (let n = 1; n <= 20; n++) known.reached(peer(n), at(n))
    known.reached(peer(10), `${at(99)}/p2p/${peer(10)}`)
    known.forget(peer(20))
    known.keep()
    const again = new KnownPeers(folder)
    assert.deepEqual(again.addresses, known.addresses)
    assert.equal(again.addresses[0], `${at(99)}/p2p/${peer(10)}`)
    assert.equal(again.addresses.length, 15)
    assert.equal(again.addresses.at(-1), `${at(5)}/p2p/${peer(5)}`)
  })

  it('takes nothing else from a file, nor from peers', () => {
    for (const text of ['{', '{}', '[1, "/ip4/1.2.3.4/tcp/9", "rubbish/p2p/A"]']) {
      writeFileSync(join(folder, 'peers.json'), text)
      assert.deepEqual(new KnownPeers(folder).addresses, [])
    }
    const known = new KnownPeers(folder)
    known.reached('A', '/ip4/1.2.3.4/udp/9/quic-v1')
    known.keep()
    assert.match(readFileSync(join(folder, 'peers.json'), 'utf8'), /rubbish/, 'not written without need')
  })

  it('passes over a disk that refuses', () => {
    const known = new KnownPeers(join(folder, 'missing'))
    known.reached('A', at(1))
    known.keep()
    assert.deepEqual(known.addresses, [`${at(1)}/p2p/A`])
  })
})
