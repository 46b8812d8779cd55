import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FeedDoor } from '../feedSocket.ts'
import { createHttpHandler, HTTP_SERVER_OPTIONS } from '../http.ts'
import { attachPlainHttp } from '../plainHttp.ts'
import type { RpcServer } from '../RpcServer.ts'
import type { Site } from '../site.ts'
import { attachWebSocket } from '../websocket.ts'

/** A server on a free port, as node makes one. */
export type Listening = { url: string; wsUrl: string; port: number; http: Server; close: () => Promise<void> }

/** @param plain - false: without the reader of plain requests in front. */
export async function listen(
  server: RpcServer,
  { plain = true, site, feed }: { plain?: boolean; site?: Site; feed?: FeedDoor } = {},
): Promise<Listening> {
  const http = createServer(HTTP_SERVER_OPTIONS, createHttpHandler(server, site))
  const closePlain = plain ? attachPlainHttp(server, http) : () => {}
  const closeWebSockets = attachWebSocket(server, http, feed)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const close = async (): Promise<void> => {
    closeWebSockets()
    server.close()
    closePlain()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}`, port, http, close }
}
