import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { PlainConnection } from './PlainConnection.ts'
import type { RpcServer } from './RpcServer.ts'

/** Between two looks at the connections; the `date` of answers is as old at most. */
const TICK_MS = 1000

/**
 * Puts a faster reader in front of an http server: plain requests (plainRequest.ts) are answered without node:http, whose
 * objects cost more than most answers. With the first request that is anything else the connection goes to node:http as
 * it came, bytes read so far included, and stays there: it remains the only one that refuses, upgrades and streams.
 *
 * @returns a function that closes the connections that are still here, and takes no more.
 */
export function attachPlainHttp(server: RpcServer, httpServer: Server): () => void {
  const standard = httpServer.listeners('connection') as ((socket: Socket) => void)[]
  const connections = new Set<PlainConnection>()
  const clock = { date: '' }
  const tick = (): void => {
    clock.date = new Date().toUTCString()
    for (const connection of connections) connection.tick()
  }
  const onConnection = (socket: Socket): void => {
    const connection = new PlainConnection(socket, {
      server,
      clock,
      handOver: () => {
        for (const listener of standard) listener.call(httpServer, socket)
      },
      onEnd: () => connections.delete(connection),
    })
    connections.add(connection)
  }
  tick()
  const timer = setInterval(tick, TICK_MS).unref()
  httpServer.removeAllListeners('connection')
  httpServer.on('connection', onConnection)
  return () => {
    clearInterval(timer)
    httpServer.off('connection', onConnection)
    for (const connection of connections) connection.destroy()
  }
}
