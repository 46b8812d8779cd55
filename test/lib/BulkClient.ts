import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'
const HASH_BYTES = 32
const HASH_END: number = 1 + HASH_BYTES
const REFUSED = 2
const STREAM_ERROR = 255

/** An answer of POST /transactions, see docs/bulk-intake.md. */
export class BulkAnswer {
  readonly status: number
  readonly message: string
  readonly #bytes: Buffer
  readonly #hashAt: number

  /** Its hash stands in `bytes`, which stay as they are. */
  constructor(bytes: Buffer, answer: { status: number; hashAt: number; message: string }) {
    this.status = answer.status
    this.message = answer.message
    this.#bytes = bytes
    this.#hashAt = answer.hashAt
  }

  /** In hex, without 0x; empty if there is none. Made only when it is asked for: most measurements don't. */
  get hash(): string {
    const end = this.status === STREAM_ERROR ? this.#hashAt : this.#hashAt + HASH_BYTES
    return this.#bytes.toString('hex', this.#hashAt, end)
  }
}

/**
 * One stream of transactions over POST /transactions, written by hand: for measurements, where node:http's client would
 * cost much of what is measured.
 */
export class BulkClient {
  readonly #socket: Socket
  readonly #onAnswer: (answer: BulkAnswer) => void
  /** Of the http answer: its head is over; bytes of the current chunk that are to come, its line end included. */
  #isInBody = false
  #chunkLeft = 0
  #received: Buffer = Buffer.alloc(0)
  /** Bytes of answers of which the last may not be whole. */
  #answers: Buffer = Buffer.alloc(0)
  #onEnd: () => void = () => {}
  #onFailure: (error: Error) => void = () => {}
  /** Resolves when the server has ended the answer. */
  readonly ended: Promise<void>

  private constructor(socket: Socket, onAnswer: (answer: BulkAnswer) => void) {
    this.#socket = socket
    this.#onAnswer = onAnswer
    this.ended = new Promise((resolve, reject) => {
      this.#onEnd = resolve
      this.#onFailure = reject
    })
    this.ended.catch(() => {})
    socket.on('data', (part: Buffer) => this.#receive(part))
    socket.on('error', (error) => this.#onFailure(error))
    socket.on('close', () => this.#onFailure(new Error('the connection was closed')))
  }

  /** @param path - `/transactions?senders`: each transaction is to come with its sender. */
  static open(
    url: string,
    onAnswer: (answer: BulkAnswer) => void,
    path: '/transactions' | '/transactions?senders' = '/transactions',
  ): Promise<BulkClient> {
    const { hostname, port, host } = new URL(url)
    return new Promise((done, fail) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      socket.once('error', fail)
      socket.once('connect', () => {
        socket.off('error', fail)
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/octet-stream\r\n` +
            `transfer-encoding: chunked${HEAD_END}`,
        )
        done(new BulkClient(socket, onAnswer))
      })
    })
  }

  /** Transactions as the stream has them, with their senders (20 bytes each) where these are given. */
  static encode(raws: readonly Uint8Array[], senders?: readonly Uint8Array[]): Buffer {
    const parts: Uint8Array[] = []
    for (const [i, raw] of raws.entries()) {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(raw.length)
      parts.push(length)
      if (senders !== undefined) parts.push(senders[i]!)
      parts.push(raw)
    }
    return Buffer.concat(parts)
  }

  /** Writes bytes of the stream; false when they wait in memory, see `drained`. */
  write(bytes: Uint8Array): boolean {
    this.#socket.write(`${bytes.length.toString(16)}\r\n`)
    this.#socket.write(bytes)
    return this.#socket.write('\r\n')
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('drain', () => resolve()))
  }

  end(): void {
    this.#socket.write(`0${HEAD_END}`)
  }

  /** Answers are no longer read, or are again. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(part: Buffer): void {
    this.#received = this.#received.length === 0 ? part : Buffer.concat([this.#received, part])
    if (!this.#isInBody) {
      const headEnd = this.#received.indexOf(HEAD_END)
      if (headEnd < 0) return
      const head = this.#received.toString('latin1', 0, headEnd)
      if (!head.startsWith('HTTP/1.1 200 ')) this.#onFailure(new Error(head))
      this.#isInBody = true
      this.#received = this.#received.subarray(headEnd + HEAD_END.length)
    }
    const parts = [this.#answers]
    while (this.#takeChunk(parts));
    this.#answers = this.#readAnswers(Buffer.concat(parts))
  }

  /** Takes what is there of one chunk; false when more must come. */
  #takeChunk(parts: Buffer[]): boolean {
    if (this.#chunkLeft === 0) {
      const lineEnd = this.#received.indexOf('\r\n')
      if (lineEnd < 0) return false
      const length = Number.parseInt(this.#received.toString('latin1', 0, lineEnd), 16)
      this.#received = this.#received.subarray(lineEnd + 2)
      this.#chunkLeft = length + 2
      if (length === 0) this.#onEnd()
    }
    const taken = Math.min(this.#chunkLeft, this.#received.length)
    const content = Math.min(this.#chunkLeft - 2, taken)
    if (content > 0) parts.push(this.#received.subarray(0, content))
    this.#received = this.#received.subarray(taken)
    this.#chunkLeft -= taken
    return this.#chunkLeft === 0 && this.#received.length > 0
  }

  /** Returns the bytes of the answer that isn't whole. */
  #readAnswers(bytes: Buffer): Buffer {
    let offset = 0
    while (offset < bytes.length) {
      const status = bytes[offset]!
      const hashEnd = status === STREAM_ERROR ? offset + 1 : offset + HASH_END
      const hasMessage = status === REFUSED || status === STREAM_ERROR
      if (hashEnd + (hasMessage ? 2 : 0) > bytes.length) break
      const end = hasMessage ? hashEnd + 2 + bytes.readUInt16BE(hashEnd) : hashEnd
      if (end > bytes.length) break
      const message = hasMessage ? bytes.toString('utf8', hashEnd + 2, end) : ''
      this.#onAnswer(new BulkAnswer(bytes, { status, hashAt: offset + 1, message }))
      offset = end
    }
    return bytes.subarray(offset)
  }
}
