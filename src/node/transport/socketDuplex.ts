import type { Socket } from 'node:net'
import type { FeedDuplex } from '../../feed/index.ts'
import { ByteInbox } from '../../lib/index.ts'

/** Bytes that came and were not taken yet; beyond, no more is read. */
const WAITING_LIMIT = 1024 * 1024

/** A TCP or TLS socket that is connected. */
export function socketDuplex(socket: Socket): FeedDuplex {
  // An entry goes out when it is there, not when the other side has acknowledged the one before.
  socket.setNoDelay(true)
  return {
    incoming: inboxOf(socket),
    write: (bytes) => {
      if (socket.destroyed) throw new Error('the connection is closed')
      if (!socket.write(bytes)) return drained(socket)
    },
    close: () => void socket.destroy(),
  }
}

/** What comes is handed over as it comes: iterating over the socket itself takes 0.05 ms more for each entry. */
function inboxOf(socket: Socket): ByteInbox {
  const inbox = new ByteInbox(() => void socket.resume())
  socket.on('data', (bytes: Buffer) => {
    inbox.put(bytes)
    if (inbox.waitingBytes >= WAITING_LIMIT) socket.pause()
  })
  // Who writes hears of an error here, too.
  socket.on('error', (error) => inbox.end(error))
  socket.once('end', () => inbox.end())
  socket.once('close', () => inbox.end())
  return inbox
}

/** Resolves when there is room again; rejects when it has ended before. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      if (socket.destroyed) reject(new Error('the connection is closed'))
      else resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}
