import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'
const FINAL = 0x80
const PREFIX_BYTES = 512

/** A subscriber of mini-blocks that reads and doesn't parse: for measurements of whoever sends to hundreds. */
export class StreamSocket {
  readonly #socket: Socket
  readonly #onMessage: (prefix: string, length: number) => void
  #isOpen = false
  #isClosed = false
  /** What was received of a frame's head. */
  #head: Buffer = Buffer.alloc(0)
  /** Of the frame's payload that is to come. */
  #left = 0
  #isFinal = false
  /** The beginning of the message, and its length so far. */
  #prefix = ''
  #length = 0

  /**
   * @param onMessage - gets the beginning of each message when its last byte is there, and its length.
   * @param onDropped - the connection has ended, or never came about, without {@link close}.
   */
  constructor(port: number, onMessage: (prefix: string, length: number) => void, onDropped: () => void) {
    this.#onMessage = onMessage
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setNoDelay(true)
    this.#socket.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
    this.#socket.on('data', (part: Buffer) => this.#receive(part))
    // What went wrong doesn't matter: it closes then.
    this.#socket.on('error', () => {})
    this.#socket.once('close', () => {
      if (!this.#isClosed) onDropped()
    })
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause()
  }

  close(): void {
    this.#isClosed = true
    this.#socket.destroy()
  }

  #receive(received: Buffer): void {
    let part = received
    if (!this.#isOpen) {
      const end = part.indexOf(HEAD_END)
      if (end < 0) return
      this.#isOpen = true
      this.#send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["miniBlocks"]}')
      part = part.subarray(end + HEAD_END.length)
    }
    while (part.length > 0) part = this.#left === 0 ? this.#readHead(part) : this.#readPayload(part)
  }

  /** A frame's head of 2, 4 or 10 bytes; servers don't mask. */
  #readHead(part: Buffer): Buffer {
    const before = this.#head.length
    const head = Buffer.concat([this.#head, part.subarray(0, 10)])
    const size = head.length < 2 ? 2 : sizeOfHead(head[1]!)
    this.#head = head.subarray(0, Math.min(size, head.length))
    if (head.length < size) return part.subarray(part.length)
    this.#head = Buffer.alloc(0)
    this.#isFinal = (head[0]! & FINAL) !== 0
    this.#left = lengthIn(head)
    if (this.#left === 0 && this.#isFinal) this.#end()
    return part.subarray(size - before)
  }

  #readPayload(part: Buffer): Buffer {
    const taken = Math.min(part.length, this.#left)
    if (this.#prefix.length < PREFIX_BYTES)
      this.#prefix += part.toString('latin1', 0, Math.min(taken, PREFIX_BYTES - this.#prefix.length))
    this.#length += taken
    this.#left -= taken
    if (this.#left === 0 && this.#isFinal) this.#end()
    return part.subarray(taken)
  }

  #end(): void {
    this.#onMessage(this.#prefix, this.#length)
    this.#prefix = ''
    this.#length = 0
  }

  /** A short message, masked with zeros as clients must mask. */
  #send(text: string): void {
    this.#socket.write(Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)]))
  }
}

function sizeOfHead(second: number): number {
  const length = second & 0x7f
  return length === 126 ? 4 : length === 127 ? 10 : 2
}

function lengthIn(head: Buffer): number {
  const length = head[1]! & 0x7f
  if (length === 126) return head.readUInt16BE(2)
  return length === 127 ? Number(head.readBigUInt64BE(2)) : length
}
