import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'

/**
 * One kept-alive http connection written by hand: for measurements, where node:http's client would cost a third of what
 * is measured. One request at a time; answers must have a content-length.
 */
export class RawHttpRpc {
  readonly #socket: Socket
  readonly #host: string
  #received: Buffer = Buffer.alloc(0)
  #waiting: { done: (body: string) => void; fail: (error: Error) => void } | undefined

  private constructor(socket: Socket, host: string) {
    this.#socket = socket
    this.#host = host
    socket.on('data', (part: Buffer) => this.#receive(part))
    socket.on('error', (error) => this.#waiting?.fail(error))
    socket.on('close', () => this.#waiting?.fail(new Error('the connection was closed')))
  }

  static open(url: string): Promise<RawHttpRpc> {
    const { hostname, port, host } = new URL(url)
    return new Promise((done, fail) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      socket.once('error', fail)
      socket.once('connect', () => {
        socket.off('error', fail)
        done(new RawHttpRpc(socket, host))
      })
    })
  }

  /** Posts a JSON body and gives the answer's body. */
  post(body: string): Promise<string> {
    return new Promise((done, fail) => {
      if (this.#waiting) throw new Error('one request at a time')
      this.#waiting = { done, fail }
      const head = `POST / HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: application/json\r\n`
      this.#socket.write(`${head}content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`)
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #receive(part: Buffer): void {
    this.#received = this.#received.length === 0 ? part : Buffer.concat([this.#received, part])
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const length = /content-length: *(\d+)/i.exec(this.#received.toString('latin1', 0, headEnd))?.[1]
    const bodyStart = headEnd + HEAD_END.length
    if (length !== undefined && this.#received.length < bodyStart + Number(length)) return
    const waiting = this.#waiting
    this.#waiting = undefined
    if (length === undefined) {
      waiting?.fail(new Error('an answer without content-length'))
      return
    }
    const body = this.#received.toString('utf8', bodyStart, bodyStart + Number(length))
    this.#received = this.#received.subarray(bodyStart + Number(length))
    waiting?.done(body)
  }
}
