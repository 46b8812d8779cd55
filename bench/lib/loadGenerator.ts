/**
 * The client of `bench rpc`, a process of its own: keep-alive http connections by hand, one request under way on each.
 * Gets a {@link LoadOrder} as a message and answers it with a {@link LoadResult}, or with `{ error }`.
 */
import { connect, type Socket } from 'node:net'

export type LoadOrder = {
  port: number
  /** JSON bodies, sent in turn; each connection begins with another. */
  bodies: string[]
  connections: number
  warmUpMs: number
  measuredMs: number
}

export type LoadResult = {
  answers: number
  elapsedMs: number
  /** Of one processor, that this process had while it measured: near 1 it is what was measured. */
  share: number
  /** Body of the first answer. */
  sample: string
}

const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = `0${HEAD_END}`
const READ_BYTES = 256 * 1024

/** Sends the next request as soon as the answer is there. */
class LoadConnection {
  answers = 0
  /** The first answer, whole. */
  sample = ''
  readonly #socket: Socket
  readonly #requests: Buffer[]
  readonly #onFailure: (error: Error) => void
  #next: number
  /** Bytes of the answer that are to come; Infinity: until its last chunk. */
  #left = 0
  /** Bytes of the last answer that came in one piece: the next is as long, or is read anew. */
  #usualBytes = -1
  #isStopped = false

  constructor(port: number, requests: Buffer[], first: number, onFailure: (error: Error) => void) {
    this.#requests = requests
    this.#next = first
    this.#onFailure = onFailure
    this.#socket = connect({
      ...{ host: '127.0.0.1', port, noDelay: true },
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (count, buffer) => {
          this.#receive(count, buffer as Buffer)
          return true
        },
      },
    })
    this.#socket.on('connect', () => this.#send())
    this.#socket.on('error', onFailure)
    this.#socket.on('close', () => this.#isStopped || onFailure(new Error('the server closed a connection')))
  }

  stop(): void {
    this.#isStopped = true
    this.#socket.destroy()
  }

  #send(): void {
    this.#socket.write(this.#requests[this.#next]!)
    this.#next = (this.#next + 1) % this.#requests.length
  }

  #receive(count: number, buffer: Buffer): void {
    if (this.#isStopped) return
    if (this.answers === 0) this.sample += buffer.toString('latin1', 0, count)
    if (this.#left === 0 && count !== this.#usualBytes) this.#begin(count, buffer)
    else if (this.#left > 0) this.#goOn(count, buffer)
    if (this.#left > 0) return
    this.answers++
    this.#send()
  }

  #begin(count: number, buffer: Buffer): void {
    const headEnd = buffer.subarray(0, count).indexOf(HEAD_END)
    const head = buffer.toString('latin1', 0, Math.max(headEnd, 0))
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    const isChunked = /\r\ntransfer-encoding: *chunked/i.test(head)
    if (!head.startsWith('HTTP/1.1 200 ') || (length === undefined && !isChunked)) {
      this.#onFailure(new Error(`unexpected answer: ${buffer.toString('latin1', 0, Math.min(count, 500))}`))
      return
    }
    if (length === undefined) {
      this.#left = Number.POSITIVE_INFINITY
      this.#goOn(count, buffer)
      return
    }
    this.#left = headEnd + HEAD_END.length + Number(length) - count
    if (this.#left === 0) this.#usualBytes = count
  }

  #goOn(count: number, buffer: Buffer): void {
    if (Number.isFinite(this.#left)) this.#left -= count
    else if (buffer.toString('latin1', Math.max(0, count - LAST_CHUNK.length), count) === LAST_CHUNK)
      this.#left = 0
  }
}

async function generate(order: LoadOrder): Promise<LoadResult> {
  const requests = order.bodies.map((body) =>
    Buffer.from(
      `POST / HTTP/1.1\r\nhost: 127.0.0.1:${order.port}\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`,
    ),
  )
  const failed = Promise.withResolvers<never>()
  const connections = Array.from(
    { length: order.connections },
    (_, i) => new LoadConnection(order.port, requests, i % requests.length, failed.reject),
  )
  const wait = (ms: number) => Promise.race([failed.promise, new Promise((done) => setTimeout(done, ms))])
  const answers = () => connections.reduce((sum, connection) => sum + connection.answers, 0)
  try {
    await wait(order.warmUpMs)
    const before = answers()
    const usage = process.cpuUsage()
    const begin = performance.now()
    await wait(order.measuredMs)
    const elapsedMs = performance.now() - begin
    const { user, system } = process.cpuUsage(usage)
    const share = (user + system) / 1000 / elapsedMs
    const sample = connections[0]!.sample
    const body = sample.slice(sample.indexOf(HEAD_END) + HEAD_END.length)
    return { answers: answers() - before, elapsedMs, share, sample: body }
  } finally {
    for (const connection of connections) connection.stop()
  }
}

process.on('message', (order: LoadOrder) => {
  generate(order).then(
    (result) => process.send!(result),
    (error: Error) => process.send!({ error: error.message }),
  )
})
