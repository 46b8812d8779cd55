import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { Connection } from './Connection.ts'
import { hostAllowed, originAllowed } from './origins.ts'
import type { RpcServer } from './RpcServer.ts'

/**
 * Speaks JSON-RPC over WebSocket on an http server's port: takes its upgrade requests, for any path.
 *
 * What a client doesn't read waits in a buffer of `maxSendBufferBytes`; when it is full, the connection is closed with
 * code 1013 and a reason, so that the client knows that it missed something.
 *
 * @returns a function that closes all connections (code 1001) and takes no more.
 */
export function attachWebSocket(server: RpcServer, httpServer: Server): () => void {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: server.limits.maxBodyBytes,
    perMessageDeflate: false,
    clientTracking: true,
  })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { corsOrigins, virtualHosts } = server.limits
    if (
      !originAllowed(corsOrigins, request.headers.origin) ||
      !hostAllowed(virtualHosts, request.headers.host)
    ) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => serve(server, webSocket))
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

function serve(server: RpcServer, webSocket: WebSocket): void {
  const { maxSendBufferBytes, maxRequestsInFlight } = server.limits
  const send = (text: string): void => {
    if (connection.closed || webSocket.readyState !== webSocket.OPEN) return
    if (webSocket.bufferedAmount + text.length > maxSendBufferBytes) {
      connection.close()
      webSocket.close(CLOSE_TRY_AGAIN_LATER, `send buffer is full (${maxSendBufferBytes} bytes): read faster`)
      setTimeout(() => webSocket.terminate(), CLOSE_GRACE_MS).unref()
      return
    }
    webSocket.send(text)
  }
  const connection = new Connection(send)
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
  webSocket.on('close', () => connection.close())
  // Protocol errors and resets: `ws` closes the connection itself, with the right code.
  webSocket.on('error', () => connection.close())
}

function messageBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
