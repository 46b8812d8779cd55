import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { DropKind } from './Connection.ts'
import { Connection, type Outlet } from './Connection.ts'
import { dropNotice } from './dropNotice.ts'
import { FEED_PATH, type FeedDoor, FeedSockets } from './feedSocket.ts'
import type { RpcLimits } from './limits.ts'
import { hostAllowed, isSameOrigin, originAllowed } from './origins.ts'
import type { RpcServer } from './RpcServer.ts'
import type { RpcStats } from './RpcStats.ts'
import type { SharedText } from './SharedText.ts'

/**
 * Speaks JSON-RPC over WebSocket on an http server's port: takes its upgrade requests, for any path but {@link FEED_PATH}.
 *
 * What a client doesn't read waits in a buffer of `maxSendBufferBytes`; when it is full, the client gets a last message
 * and the connection is closed with code 1013 and a reason, both of which say from where to resume: see dropNotice.ts.
 *
 * @param feed - serves the feed at that path; undefined where the node has none.
 * @returns a function that closes all connections (code 1001) and takes no more.
 */
export function attachWebSocket(server: RpcServer, httpServer: Server, feed?: FeedDoor): () => void {
  const feedSockets = new FeedSockets(feed)
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: server.limits.maxBodyBytes,
    perMessageDeflate: false,
    clientTracking: true,
  })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { corsOrigins, virtualHosts } = server.limits
    const { origin, host } = request.headers
    const isAllowed = originAllowed(corsOrigins, origin) || isSameOrigin(origin, host)
    if (!isAllowed || !hostAllowed(virtualHosts, host)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const isFeed = request.url?.replace(/\?.*/s, '') === FEED_PATH
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (isFeed) feedSockets.serve(webSocket, socket)
      else serve(server, webSocket, socket)
    })
  }
  httpServer.on('upgrade', onUpgrade)
  return () => {
    httpServer.off('upgrade', onUpgrade)
    for (const webSocket of webSockets.clients) webSocket.close(CLOSE_GOING_AWAY, 'node is shutting down')
    webSockets.close()
  }
}

const CLOSE_GOING_AWAY = 1001
const CLOSE_TRY_AGAIN_LATER = 1013

/** How long a slow reader has to read why it is dropped. */
const CLOSE_GRACE_MS = 2_000

function serve(server: RpcServer, webSocket: WebSocket, socket: Duplex): void {
  const { maxRequestsInFlight } = server.limits
  const outlet = new WebSocketOutlet(webSocket, socket, {
    ...{ ...server.limits, stats: server.stats },
    connection: () => connection,
  })
  const connection = new Connection(outlet)
  const { send } = outlet
  let inFlight = 0
  const finish = (answer: string | undefined): void => {
    inFlight--
    if (answer !== undefined) send(answer)
    if (inFlight === maxRequestsInFlight - 1 && webSocket.isPaused) webSocket.resume()
  }
  webSocket.on('message', (data: RawData) => {
    inFlight++
    if (inFlight >= maxRequestsInFlight) webSocket.pause()
    const answer = server.handle(messageBytes(data), connection)
    if (answer instanceof Promise) void answer.then(finish)
    else finish(answer)
  })
  server.stats.webSockets.add(webSocket)
  webSocket.on('close', () => {
    server.stats.webSockets.delete(webSocket)
    connection.close()
  })
  // Protocol errors and resets: `ws` closes the connection itself, with the right code.
  webSocket.on('error', () => connection.close())
}

/** Characters; below, copying costs less. */
const LEAST_SHARED = 4_096

type OutletOptions = Pick<RpcLimits, 'maxSendBufferBytes' | 'replayBufferBytes' | 'maxStallMs'> & {
  stats: RpcStats
  connection: () => Connection
}

/** What a client's connection can be sent, as fast as it reads. */
class WebSocketOutlet implements Outlet {
  readonly #webSocket: WebSocket
  /** That of the WebSocket. */
  readonly #socket: Duplex
  readonly #options: OutletOptions

  constructor(webSocket: WebSocket, socket: Duplex, options: OutletOptions) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#options = options
  }

  readonly send = (text: string): void => {
    if (!this.#hasRoomFor(text.length)) return
    // Head and text in one piece are written in one call, without a buffer of their own.
    if (Buffer.byteLength(text) === text.length)
      this.#socket.write(textFrameHead(text.length) + text, 'latin1')
    else this.#webSocket.send(text)
  }

  /** A long one as a message of two frames, so that the second part is not copied for everybody. */
  readonly sendParts = (first: string, rest: SharedText): void => {
    const length = first.length + rest.text.length
    if (!this.#hasRoomFor(length)) return
    if (length < LEAST_SHARED) {
      this.#webSocket.send(first + rest.text)
      return
    }
    // Both leave in one write.
    this.#socket.cork()
    this.#webSocket.send(first, { fin: false })
    this.#webSocket.send(rest.bytes, { binary: false })
    this.#socket.uncork()
  }

  #hasRoomFor(length: number): boolean {
    const { maxSendBufferBytes } = this.#options
    if (!this.#isOpen) return false
    if (this.#webSocket.bufferedAmount + length <= maxSendBufferBytes) return true
    this.drop('full', `send buffer is full (${maxSendBufferBytes} bytes): read faster`)
    return false
  }

  get isBehind(): boolean {
    return this.#webSocket.bufferedAmount > this.#options.replayBufferBytes
  }

  async caughtUp(): Promise<void> {
    let isReading = false
    const { maxStallMs } = this.#options
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, maxStallMs)
      const go = (): void => {
        isReading = true
        clearTimeout(timer)
        this.#socket.off('drain', go).off('close', go)
        resolve()
      }
      this.#socket.on('drain', go).on('close', go)
    })
    if (!isReading) this.drop('stalled', `nothing was read for ${maxStallMs} ms`)
  }

  drop(kind: DropKind, reason: string): void {
    if (!this.#isOpen) return
    this.#options.stats.dropReader(kind, reason)
    const connection = this.#options.connection()
    const { message, closeReason } = dropNotice(connection, reason)
    connection.close()
    this.#webSocket.send(message)
    this.#webSocket.close(CLOSE_TRY_AGAIN_LATER, closeReason)
    setTimeout(() => this.#webSocket.terminate(), CLOSE_GRACE_MS).unref()
  }

  get #isOpen(): boolean {
    return !this.#options.connection().closed && this.#webSocket.readyState === this.#webSocket.OPEN
  }
}

/**
 * What stands before the text of a whole message of `length` bytes, a character a byte (RFC 6455, section 5.2): no
 * extension, no mask, since only clients mask.
 */
function textFrameHead(length: number): string {
  if (length < 126) return String.fromCharCode(FINAL_TEXT, length)
  const low = [(length >>> 8) & 0xff, length & 0xff]
  if (length < 65_536) return String.fromCharCode(FINAL_TEXT, 126, ...low)
  return String.fromCharCode(FINAL_TEXT, 127, 0, 0, 0, 0, length >>> 24, (length >>> 16) & 0xff, ...low)
}

/** The bit FIN, and the opcode of a text. */
const FINAL_TEXT = 0x81

function messageBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
