import type { MessagePort } from 'node:worker_threads'
import type { FeedDuplex } from '../../feed/index.ts'

/** Sent and not taken at the other side: beyond, a writer waits. */
const WINDOW_BYTES = 1024 * 1024

/** Bytes; how many of those that came were taken; or the end, which may have a reason. */
type Message = Uint8Array<ArrayBuffer> | number | { reason: string | undefined }

/** Whoever closes it may tell the other side why: its `incoming` throws then. */
export type PortDuplex = FeedDuplex & { close(reason?: string): void }

/** A connection between two threads: both ends of a MessageChannel are made one, and behave as a socket does. */
export function portDuplex(port: MessagePort): PortDuplex {
  const pieces: Uint8Array[] = []
  let unread = 0
  let isClosed = false
  let failure: string | undefined
  let wakeReader = () => {}
  let wakeWriter = () => {}
  const end = () => {
    isClosed = true
    wakeReader()
    wakeWriter()
  }
  port.on('message', (message: Message) => {
    if (typeof message === 'number') {
      unread -= message
      wakeWriter()
    } else if (message instanceof Uint8Array) {
      pieces.push(message)
      wakeReader()
    } else {
      failure = message.reason
      end()
    }
  })
  port.on('close', end)
  const incoming = async function* (): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const piece = pieces.shift()
      if (piece !== undefined) {
        yield piece
        port.postMessage(piece.length)
      } else if (failure !== undefined) throw new Error(failure)
      else if (isClosed) return
      else await new Promise<void>((resolve) => (wakeReader = resolve))
    }
  }
  return {
    incoming: incoming(),
    async write(bytes) {
      if (isClosed) throw new Error('the connection is closed')
      // Not `slice`: a Buffer's shares its memory, which the transfer would take away.
      const copy = new Uint8Array(bytes)
      unread += copy.length
      port.postMessage(copy, [copy.buffer])
      while (unread > WINDOW_BYTES && !isClosed) await new Promise<void>((resolve) => (wakeWriter = resolve))
    },
    close(reason?: string) {
      if (!isClosed) port.postMessage({ reason } satisfies Message)
      end()
      port.close()
    },
  }
}

/** Makes one of two connections; ends both when one has ended. */
export async function joinDuplexes(a: FeedDuplex, b: FeedDuplex): Promise<void> {
  const carry = async (from: FeedDuplex, to: FeedDuplex) => {
    try {
      for await (const piece of from.incoming) await to.write(piece)
    } catch {
      // One of them has ended.
    } finally {
      from.close()
      to.close()
    }
  }
  await Promise.all([carry(a, b), carry(b, a)])
}
