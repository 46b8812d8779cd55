import { once } from 'node:events'
import { WebSocket } from 'ws'

/** Requests that wait at once: those of mini-blocks that come before the answer to the first is read. */
const WAITING = 16

/** Reads a balance as soon as each mini-block shows: its requests wait at the node for one mini-block each. */
export class WaitingReader {
  readonly #socket: WebSocket
  /** When each was read (Unix ms), by its number. */
  readonly atMs = new Map<number, number>()
  #next: number

  private constructor(socket: WebSocket, first: number) {
    this.#socket = socket
    this.#next = first
    socket.on('message', (data) => this.#take(JSON.parse(String(data))))
    for (let i = 0; i < WAITING; i++) this.#ask()
  }

  /** @param first - number of the mini-block that is read first. */
  static async open(url: string, first: number): Promise<WaitingReader> {
    const socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false })
    await once(socket, 'open')
    return new WaitingReader(socket, first)
  }

  close(): void {
    this.#socket.terminate()
  }

  #take({ id, result }: { id: number; result?: unknown }): void {
    // The last ones wait in vain.
    if (result === undefined) return
    this.atMs.set(id, performance.timeOrigin + performance.now())
    this.#ask()
  }

  #ask(): void {
    const number = this.#next++
    const params = [`0x${'00'.repeat(20)}`, 'latest']
    const request = { jsonrpc: '2.0', id: number, method: 'eth_getBalance', params }
    this.#socket.send(JSON.stringify({ ...request, minMiniBlock: `0x${number.toString(16)}` }))
  }
}
