import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { type FeedSource, FeedSourceError, serveFeed } from '../../feed/index.ts'
import { listen } from '../listen.ts'
import { socketDuplex } from './socketDuplex.ts'
import { turnAway } from './turnAway.ts'

/** Connections that a server has at once. */
const MAX_CONNECTIONS = 256
/** More are told so, as long as they are no more than this beyond; all others are closed. */
const MAX_TURNED_AWAY = 64
/** A client that is there says something more often than this. */
const SILENCE_LIMIT_MS = 30_000
const HANDSHAKE_LIMIT_MS = 10_000

/** PEM texts. */
export type TlsIdentity = { cert: string; key: string }

export type FeedServerOptions = {
  host: string
  /** 0: any free one. */
  port: number
  /** With it the server speaks TLS, else plain TCP. */
  tls?: TlsIdentity | undefined
  /** Hears why a connection was ended by us: its other side does not keep to the protocol, or there is no room. */
  onRefused?: (error: Error, address: string | undefined) => void
}

/** Serves a source to whoever connects. */
export class FeedServer {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Set<Socket>
  /** Bytes that were sent to those that are gone. */
  #sentBytes = 0

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.#server = server
    this.port = port
    this.#sockets = sockets
  }

  /** @throws PortInUseError, and what TLS says of certificate and key. */
  static async open(source: FeedSource, options: FeedServerOptions): Promise<FeedServer> {
    const { host, port, tls, onRefused = () => {} } = options
    const sockets = new Set<Socket>()
    let opened: FeedServer | undefined
    const take = (socket: Socket) => {
      const { remoteAddress } = socket
      if (sockets.size >= MAX_CONNECTIONS) return onRefused(refuse(socket), remoteAddress)
      sockets.add(socket)
      socket.setTimeout(SILENCE_LIMIT_MS, () => void socket.destroy())
      socket.once('close', () => {
        sockets.delete(socket)
        if (opened !== undefined) opened.#sentBytes += socket.bytesWritten
      })
      serveFeed(socketDuplex(socket), source).catch((error) => {
        // That a connection breaks off is nothing to tell.
        if (error.name === 'FeedSessionError') onRefused(error, remoteAddress)
      })
    }
    const server =
      tls === undefined
        ? createServer(take)
        : createTlsServer(
            { ...tls, handshakeTimeout: HANDSHAKE_LIMIT_MS },
            take as (socket: TLSSocket) => void,
          )
    server.maxConnections = MAX_CONNECTIONS + MAX_TURNED_AWAY
    const bound = await listen(server, { host, port, flag: 'feed-port' })
    opened = new FeedServer(server, bound, sockets)
    return opened
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** To all that were connected. */
  get sentBytes(): number {
    let bytes = this.#sentBytes
    for (const socket of this.#sockets) bytes += socket.bytesWritten
    return bytes
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** Answers what is asked with the reason, and ends it. */
function refuse(socket: Socket): Error {
  const reason = `${MAX_CONNECTIONS} connections are open there`
  void turnAway(socketDuplex(socket), reason)
  return new FeedSourceError('LIMIT', reason)
}
