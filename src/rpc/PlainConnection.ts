import type { Socket } from 'node:net'
import { Connection } from './Connection.ts'
import { corsFields } from './httpRules.ts'
import { LongText } from './LongText.ts'
import { type PlainHead, readPlainHead } from './plainRequest.ts'
import type { Answer, RpcServer } from './RpcServer.ts'

/** Seconds until a connection on which nothing happens is closed (go-ethereum, rpc.DefaultHTTPTimeouts). */
export const IDLE_S = 120
/** Ticks until the rest of a request is left to node:http, which has limits for slow senders. */
const INCOMPLETE_TICKS = 2
/** What node:http answers to a request that ends in the middle. */
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'

/** Over http nothing is sent but answers. */
const CALLER = new Connection()

export type PlainConnectionOptions = {
  server: RpcServer
  /** `date`: of an answer that is sent now. */
  clock: { readonly date: string }
  /** Gives the socket to node:http. */
  handOver: () => void
  /** Called once, when the connection is closed or handed over. */
  onEnd: () => void
}

/** Answers that are gathered before they are written. */
const MAX_GATHERED_CHARACTERS = 64 * 1024

/**
 * One client's connection as long as it sends plain requests. They are answered one after the other, so that answers are
 * in order; what comes meanwhile, or while the client doesn't read answers, stays in the socket.
 */
export class PlainConnection {
  readonly #socket: Socket
  readonly #options: PlainConnectionOptions
  /** Of a request that isn't whole. */
  #received: Buffer[] = []
  #receivedBytes = 0
  /** Bytes of that request, once its head is known. */
  #neededBytes = 0
  /** The last head: most clients send the same again and again. */
  #head: PlainHead | undefined
  /** Fields of answers to requests with that head. */
  #fields = ''
  /** Until the answer is written, wholly. */
  #isAnswering = false
  /** Pieces of a long answer that are to be written. */
  #unsent: readonly string[] = []
  /** The client doesn't read. */
  #isBlocked = false
  /** The client sends no more. */
  #hasEnded = false
  #isOver = false
  /** Since the last whole request. */
  #quietTicks = 0

  constructor(socket: Socket, options: PlainConnectionOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('drain', this.#onDrain)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Called once a second. */
  tick(): void {
    if (this.#isAnswering && this.#unsent.length === 0) return
    this.#quietTicks++
    if (this.#receivedBytes > 0 && !this.#hasEnded && this.#quietTicks >= INCOMPLETE_TICKS) this.#handOver()
    else if (this.#quietTicks >= IDLE_S) this.destroy()
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#isAnswering || this.#isBlocked) {
      this.#putBack(bytes)
      return
    }
    this.#received.push(bytes)
    this.#receivedBytes += bytes.length
    if (this.#receivedBytes >= this.#neededBytes) this.#answerReceived()
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    this.#endIfDone()
  }

  readonly #onDrain = (): void => {
    this.#isBlocked = false
    this.#quietTicks = 0
    if (this.#unsent.length > 0) this.#writePieces()
    this.#goOn()
  }

  readonly #onError = (): void => this.destroy()

  readonly #onClose = (): void => this.#finish()

  /** Answers the requests that are whole, as far as that can be done at once. */
  #answerReceived(): void {
    const bytes = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received)
    let at = 0
    let answers = ''
    let isUnusual = false
    this.#neededBytes = 0
    while (at < bytes.length && !this.#isAnswering && answers.length < MAX_GATHERED_CHARACTERS) {
      const head = this.#readHead(bytes, at)
      isUnusual = head === 'unusual'
      if (typeof head === 'string') break
      const bodyAt = at + head.bytes.length
      const end = bodyAt + head.bodyBytes
      if (end > bytes.length) {
        this.#neededBytes = end - at
        break
      }
      answers += this.#answer(bytes.subarray(bodyAt, end))
      at = end
    }
    this.#received = at === bytes.length ? [] : [bytes.subarray(at)]
    this.#receivedBytes = bytes.length - at
    this.#write(answers)
    if (isUnusual) this.#handOver()
    else if (answers.length >= MAX_GATHERED_CHARACTERS || this.#isAnswering) this.#putBackReceived()
    this.#goOn()
  }

  /** What is to be written now; nothing when the answer comes later. */
  #answer(body: Buffer): string {
    this.#quietTicks = 0
    const answer = this.#options.server.answer(body, CALLER)
    if (typeof answer === 'string') return this.#headOf(Buffer.byteLength(answer)) + answer
    if (answer === undefined) return this.#headOf(0)
    this.#isAnswering = true
    if (answer instanceof Promise) answer.then(this.#onAnswer)
    else setImmediate(this.#onAnswer, answer)
    return ''
  }

  readonly #onAnswer = (answer: Answer): void => {
    if (this.#isOver) return
    this.#quietTicks = 0
    if (answer instanceof LongText) this.#unsent = [this.#headOf(answer.byteLength), ...answer.pieces]
    else this.#unsent = [this.#headOf(Buffer.byteLength(answer ?? '')) + (answer ?? '')]
    this.#writePieces()
    this.#goOn()
  }

  /** Writes as much of the answer as the client reads. */
  #writePieces(): void {
    let written = 0
    while (written < this.#unsent.length && !this.#isBlocked) this.#write(this.#unsent[written++]!)
    this.#unsent = this.#unsent.slice(written)
    this.#isAnswering = this.#unsent.length > 0
  }

  /** As node:http writes it. */
  #headOf(length: number): string {
    const { date } = this.#options.clock
    return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${this.#fields}Date: ${date}\r\n\r\n`
  }

  #write(text: string): void {
    if (text === '') return
    // What is ASCII throughout needs no encoding.
    const encoding = Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8'
    if (!this.#socket.write(text, encoding)) this.#isBlocked = true
  }

  #readHead(bytes: Buffer, at: number): PlainHead | 'incomplete' | 'unusual' {
    const known = this.#head
    if (known !== undefined) {
      const end = at + known.bytes.length
      if (end <= bytes.length && bytes.compare(known.bytes, 0, known.bytes.length, at, end) === 0)
        return known
    }
    const { limits } = this.#options.server
    const head = readPlainHead(bytes, at, limits)
    if (typeof head === 'string') return head
    this.#head = head
    const cors = Object.entries(corsFields(head.origin, limits))
    this.#fields = cors.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return head
  }

  #goOn(): void {
    if (this.#isOver || this.#isAnswering || this.#isBlocked) return
    if (this.#socket.isPaused()) this.#socket.resume()
    this.#endIfDone()
  }

  /** Bytes in the socket also keep its end from being told before they are taken. */
  #putBack(bytes: Buffer): void {
    this.#socket.pause()
    this.#socket.unshift(bytes)
  }

  #putBackReceived(): void {
    const bytes = Buffer.concat(this.#received)
    this.#received = []
    this.#receivedBytes = 0
    this.#neededBytes = 0
    if (bytes.length > 0 && !this.#socket.destroyed) this.#putBack(bytes)
  }

  /** Leaves the connection to node:http, and what was received and not answered. */
  #handOver(): void {
    this.#socket.pause()
    this.#putBackReceived()
    this.#finish()
    if (this.#socket.destroyed) return
    this.#options.handOver()
    this.#socket.resume()
  }

  #endIfDone(): void {
    if (!this.#hasEnded || this.#isAnswering || this.#socket.writableEnded) return
    if (this.#receivedBytes > 0) this.#write(BAD_REQUEST)
    this.#socket.end()
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#received = []
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('drain', this.#onDrain)
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onClose)
    this.#options.onEnd()
  }
}
