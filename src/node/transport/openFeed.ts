import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { connectFeed, type FeedSource, watchFeed } from '../../feed/index.ts'
import { socketDuplex } from './socketDuplex.ts'

const CONNECT_LIMIT_MS = 5000
export type OpenFeedOptions = {
  /** PEM text of the certificates that are trusted; default: those that Node knows. */
  ca?: string
}

/**
 * Connects to a node that publishes or relays a stream. The connection is watched: a source that falls silent is closed,
 * and what was asked of it fails.
 *
 * @param url - `tcp://host:port`, or `tls://host:port`.
 * @throws FeedUrlError, or FeedConnectError when nobody is there.
 */
export async function openFeed(url: string, { ca }: OpenFeedOptions = {}): Promise<FeedSource> {
  const { isTls, host, port } = readUrl(url)
  const socket = isTls
    ? connectTls({
        host,
        port,
        ...(isIP(host) ? {} : { servername: host }),
        ...(ca === undefined ? {} : { ca }),
      })
    : connect({ host, port })
  await connected(socket, { url, event: isTls ? 'secureConnect' : 'connect' })
  const source = connectFeed(socketDuplex(socket))
  watchFeed(source)
  return source
}

function connected(socket: Socket, { url, event }: { url: string; event: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      socket.destroy()
      reject(new FeedConnectError(url, reason))
    }
    const timer = setTimeout(() => fail(`no answer within ${CONNECT_LIMIT_MS} ms`), CONNECT_LIMIT_MS)
    const onError = (error: Error) => {
      clearTimeout(timer)
      fail(error.message || String(error))
    }
    socket.once('error', onError)
    socket.once(event, () => {
      clearTimeout(timer)
      socket.off('error', onError)
      resolve()
    })
  })
}

/** @throws FeedUrlError */
export function readUrl(text: string): { isTls: boolean; host: string; port: number } {
  const match = /^(tcp|tls):\/\/(?:\[([^\]]+)\]|([^:/?#@]+)):(\d{1,5})\/?$/.exec(text)
  const port = Number(match?.[4])
  if (match === null || port === 0 || port > 65_535) throw new FeedUrlError(text)
  return { isTls: match[1] === 'tls', host: match[2] ?? match[3]!, port }
}

/** An address that is none of a stream. */
export class FeedUrlError extends Error {
  override readonly name = 'FeedUrlError'

  constructor(url: string) {
    super(`Not the address of a stream: ${url}\n  next: give tcp://host:port or tls://host:port.`)
  }
}

/** Nobody who serves a stream is there. */
export class FeedConnectError extends Error {
  override readonly name = 'FeedConnectError'
  readonly recovery = 'retry'

  constructor(url: string, reason: string) {
    super(
      `No connection to ${url}: ${reason}.\n  next: see whether the node runs with --feed-port, and is reached from here.`,
    )
  }
}
