import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { ByteInbox } from '../../lib/index.ts'
import { feedDoor } from './feedDoor.ts'

/** A reader's end: what it sends, and what it gets. */
function reader() {
  const incoming = new ByteInbox()
  const received = new ByteInbox()
  const close = () => {
    incoming.end()
    received.end()
  }
  return { duplex: { incoming, write: (bytes: Uint8Array) => received.put(bytes), close }, received }
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const piece of bytes) text += Buffer.from(piece).toString()
  return text
}

describe('the door to the feed', () => {
  it('passes bytes on to the port and back, and ends one side with the other', async () => {
    const server = createServer((socket) => {
      socket.on('data', (data) => socket.end(`got ${data}`))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { duplex, received } = reader()
    feedDoor(() => `tcp://0.0.0.0:${port}`)(duplex)
    duplex.incoming.put(new TextEncoder().encode('hello'))
    assert.equal(await textOf(received), 'got hello')
    server.close()
  })

  it('ends a reader where nobody serves, or not yet', async () => {
    for (const url of ['tcp://127.0.0.1:1', '']) {
      const { duplex, received } = reader()
      feedDoor(() => url)(duplex)
      assert.equal(await textOf(received), '')
    }
  })
})
