import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import type { FeedDuplex } from '../../feed/index.ts'

/** What a reader has not taken is held up to here; then the other side must wait. */
const READ_LIMIT_BYTES = 256 * 1024
/** For what was written and is not sent yet, when it is closed. */
const CLOSE_TIMEOUT_MS = 1000

/**
 * A stream of libp2p as the two ends of a feed's session take it. Its own asynchronous iterator would hold any amount, and
 * its `onDrain` waits only once in a stream's life.
 */
export function streamDuplex(stream: Stream): FeedDuplex {
  const close = async () => {
    await stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) }).catch(() => {})
    stream.abort(new Error('closed'))
  }
  return {
    incoming: piecesOf(stream),
    write: (bytes) => (stream.send(bytes) || !stream.writableNeedsDrain ? undefined : drained(stream)),
    close: () => void close(),
  }
}

function drained(stream: Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      stream.removeEventListener('drain', end)
      stream.removeEventListener('close', end)
      if (stream.writeStatus === 'writable') resolve()
      else reject(new Error('the stream is closed'))
    }
    stream.addEventListener('drain', end)
    stream.addEventListener('close', end)
  })
}

/** Listens from the first moment on, so that nothing is missed. */
function piecesOf(stream: Stream): AsyncGenerator<Uint8Array, void> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  let wake = () => {}
  let hasEnded = false
  const onMessage = ({ data }: StreamMessageEvent) => {
    const piece = data instanceof Uint8Array ? data : data.subarray()
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= READ_LIMIT_BYTES && stream.readStatus === 'readable') stream.pause()
    wake()
  }
  const onEnd = () => {
    hasEnded = true
    wake()
  }
  stream.addEventListener('message', onMessage)
  stream.addEventListener('end', onEnd)
  stream.addEventListener('close', onEnd)
  return (async function* () {
    for (;;) {
      const piece = pieces.shift()
      if (piece !== undefined) {
        bytes -= piece.length
        yield piece
        continue
      }
      // What it holds back comes at once.
      if (stream.readStatus === 'paused') stream.resume()
      if (pieces.length > 0) continue
      if (hasEnded) return
      await new Promise<void>((resolve) => (wake = resolve))
    }
  })()
}
