import { ByteInbox } from '../lib/index.ts'
import { FollowError } from './FollowError.ts'
import { CREDIT_BYTES, type FeedDuplex } from './feed.ts'

/** With which a node closes a WebSocket at /feed where it has no feed; from the range that applications may use. */
export const CLOSE_NO_FEED = 4404

/** Bytes that may wait to be taken: more than a node may send ahead is no feed. */
const MAX_WAITING_BYTES: number = 4 * CREDIT_BYTES

/**
 * Connects to a node's feed: the session protocol in binary messages of a WebSocket, one behind the other.
 *
 * @throws FollowError NO_FEED, UNREACHABLE.
 */
export async function openFeed(url: string): Promise<FeedDuplex> {
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  const incoming = new ByteInbox()
  // A node that has a feed begins; one that has none closes at once.
  await new Promise<void>((resolve, reject) => {
    socket.onmessage = ({ data }: { data: unknown }) => {
      resolve()
      const fits = data instanceof ArrayBuffer && incoming.waitingBytes + data.byteLength <= MAX_WAITING_BYTES
      if (fits) incoming.put(new Uint8Array(data))
      else socket.close()
    }
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      const end = endOf(url, code, reason)
      reject(end)
      incoming.end(end)
    }
  })
  return { incoming, write: (bytes) => socket.send(bytes), close: () => socket.close() }
}

function endOf(url: string, code: number, reason: string): FollowError {
  if (code === CLOSE_NO_FEED) return new FollowError('NO_FEED', `${url}: ${reason}`)
  return new FollowError('UNREACHABLE', `The connection to ${url} ended with ${code} ${reason}`)
}
