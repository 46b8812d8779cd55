import type { Socket } from 'node:net'
import type { FeedDuplex } from '../../feed/index.ts'

/** A TCP or TLS socket that is connected. */
export function socketDuplex(socket: Socket): FeedDuplex {
  // An entry goes out when it is there, not when the other side has acknowledged the one before.
  socket.setNoDelay(true)
  // Every error ends `incoming`; who writes hears of it there.
  socket.on('error', () => {})
  return {
    incoming: socket,
    write: (bytes) => {
      if (socket.destroyed) throw new Error('the connection is closed')
      if (!socket.write(bytes)) return drained(socket)
    },
    close: () => void socket.destroy(),
  }
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
