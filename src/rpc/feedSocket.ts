import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { ByteInbox } from '../lib/index.ts'

/** Where a WebSocket is the feed, and not JSON-RPC. */
export const FEED_PATH = '/feed'

/**
 * The bytes of one connection in both directions, one behind the other, however they were cut into messages. `write` is
 * called again only once it has resolved; `close` ends both directions.
 */
export type ByteDuplex = {
  readonly incoming: AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): Promise<void> | void
  close(): void
}

/** Serves the stream of entries over a connection; see feed/session/. */
export type FeedDoor = (duplex: ByteDuplex) => void

/** For applications (RFC 6455, section 7.4.2): there will be no feed here when asked again. */
const CLOSE_NO_FEED = 4404
const CLOSE_UNSUPPORTED_DATA = 1003
const CLOSE_TRY_AGAIN_LATER = 1013

/** Connections to the feed at a time: each is one at the feed's port as well, where 64 more are left to nodes. */
const MAX_FEED_READERS = 192
/** Bytes that wait to be read or sent: beyond, no more are taken. */
const MAX_WAITING_BYTES: number = 1024 * 1024

/** Hands WebSockets to who serves the feed; where nobody does, and where there are too many, they are closed with a reason. */
export class FeedSockets {
  readonly #door: FeedDoor | undefined
  #readers = 0

  constructor(door: FeedDoor | undefined) {
    this.#door = door
  }

  serve(webSocket: WebSocket, socket: Duplex): void {
    // Protocol errors and resets: `ws` closes the connection itself, with the right code.
    webSocket.on('error', () => {})
    if (this.#door === undefined) webSocket.close(CLOSE_NO_FEED, 'this node has no feed')
    else if (this.#readers >= MAX_FEED_READERS) webSocket.close(CLOSE_TRY_AGAIN_LATER, 'too many readers')
    else {
      this.#readers++
      webSocket.on('close', () => this.#readers--)
      this.#door(duplexOf(webSocket, socket))
    }
  }
}

function duplexOf(webSocket: WebSocket, socket: Duplex): ByteDuplex {
  const incoming = new ByteInbox(() => {
    if (webSocket.isPaused) webSocket.resume()
  })
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    if (!isBinary) return webSocket.close(CLOSE_UNSUPPORTED_DATA, 'the feed is binary')
    incoming.put(data as Buffer)
    if (incoming.waitingBytes > MAX_WAITING_BYTES) webSocket.pause()
  })
  webSocket.on('close', () => incoming.end())
  return {
    incoming,
    write: (bytes) => {
      webSocket.send(bytes)
      return webSocket.bufferedAmount > MAX_WAITING_BYTES ? drained(socket) : undefined
    },
    close: () => webSocket.close(),
  }
}

function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go)
      resolve()
    }
    socket.on('drain', go).on('close', go)
  })
}
