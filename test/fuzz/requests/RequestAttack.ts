import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Prng } from '../../../src/lib/index.ts'
import { ERROR_CODES } from '../../../src/rpc/errors.ts'
import { METHODS } from '../../../src/rpc/methods/index.ts'
import { type Known, pick, randomRequest } from './randomRequest.ts'

/** Clients at once. */
const CLIENTS = 12
/** A server that is silent for so long has lost the request. */
const ANSWER_LIMIT_MS = 60_000
const METHOD_NAMES: readonly string[] = [...METHODS.keys()]
/** Codes that an error may have; -32603, a failure of the server's own, is none of them. */
const KNOWN_CODES: ReadonlySet<number> = new Set(
  Object.values(ERROR_CODES).filter((code) => code !== ERROR_CODES.internalError),
)
const SUBSCRIPTIONS = 'newHeads logs miniBlocks stateChanges newPendingTransactions syncing'.split(' ')
const MAX_DEPTH = 50_000
const MAX_SPACES = 6 * 1024 * 1024

export type AttackOptions = {
  port: number
  seed: number
  known: Known
}

/**
 * Clients that send what they should not: random requests of every method, single, in batches and in pipelines, cut off,
 * with bytes changed, huge and deeply nested, over http and WebSocket, and that leave in the middle. Whatever is answered
 * must be JSON-RPC with a known code.
 */
export class RequestAttack {
  /** Requests that were sent whole, and answers. */
  sent = 0
  answered = 0
  /** By error code; 0: results. */
  readonly codes = new Map<number, number>()
  readonly #options: AttackOptions
  /** Connections that are kept between requests, until the attack is over. */
  readonly #agent = new Agent({ keepAlive: true })

  constructor(options: AttackOptions) {
    this.#options = options
  }

  /** Goes on until `isOver`, and leaves no connection then; rejects with what was wrong with an answer. */
  async run(isOver: () => boolean): Promise<void> {
    const clients = Array.from({ length: CLIENTS }, async (_, i) => {
      const random = new Prng(this.#options.seed * CLIENTS + i)
      while (!isOver()) await this.#attack(random)
    })
    try {
      await Promise.all(clients)
    } finally {
      this.#agent.destroy()
    }
  }

  async #attack(random: Prng): Promise<void> {
    const kind = random.nextInt(10)
    if (kind < 4) await this.#post(this.#message(random))
    else if (kind < 6) await this.#cut(random)
    else if (kind < 9) await this.#talk(random)
    else await this.#post(overlong(random))
  }

  #request(random: Prng): string {
    return randomRequest(random, METHOD_NAMES, this.#options.known)
  }

  /** One request or a batch, sometimes with a byte changed. */
  #message(random: Prng): string {
    const count = random.nextInt(3) === 0 ? random.nextInt(30) : -1
    const requests = Array.from({ length: Math.max(count, 1) }, () => this.#request(random))
    const text = count < 0 ? requests[0]! : `[${requests.slice(0, count).join(',')}]`
    if (random.nextInt(6) > 0) return text
    const at = random.nextInt(text.length)
    return text.slice(0, at) + String.fromCharCode(random.nextInt(128)) + text.slice(at + 1)
  }

  async #post(body: string): Promise<void> {
    this.sent++
    const { status, answer } = await this.#exchange(body)
    if (status === 413) this.answered++
    else if (status !== 200) throw new Error(`status ${status} for ${body.slice(0, 500)}`)
    else if (answer !== '') this.#check(answer, body)
    else this.answered++
  }

  async #exchange(body: string): Promise<{ status: number | undefined; answer: string }> {
    const outgoing = request({
      ...{ agent: this.#agent, host: '127.0.0.1', port: this.#options.port, method: 'POST' },
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    outgoing.end(body)
    const [incoming] = await once(outgoing, 'response')
    return { status: incoming.statusCode, answer: await text(incoming) }
  }

  /** Some requests in a row that end anywhere, by a client that then leaves, at once or after a while. */
  async #cut(random: Prng): Promise<void> {
    const socket = connect({ port: this.#options.port, host: '127.0.0.1' })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.resume()
    await Promise.race([once(socket, 'connect'), closed])
    const requests = Array.from({ length: 1 + random.nextInt(5) }, () => httpRequest(this.#message(random)))
    const bytes = Buffer.from(requests.join(''))
    const end = random.nextInt(bytes.length + 1)
    for (let at = 0; at < end && !socket.destroyed; ) {
      const next = Math.min(end, at + 1 + random.nextInt(3000))
      socket.write(bytes.subarray(at, next))
      at = next
      if (random.nextInt(3) === 0) await delay(random.nextInt(5))
    }
    leave(socket, random)
    await closed
  }

  /** A WebSocket on which requests are under way at the same time, with subscriptions among them. */
  async #talk(random: Prng): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#options.port}`, { perMessageDeflate: false })
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    let failure: Error | undefined
    await Promise.race([new Promise((resolve) => socket.once('open', resolve)), closed])
    socket.on('message', (data: Buffer) => {
      try {
        this.#check(data.toString(), '')
      } catch (error) {
        failure ??= error as Error
      }
    })
    for (let left = random.nextInt(20); left > 0 && socket.readyState === socket.OPEN; left--) {
      const text = random.nextInt(4) === 0 ? subscription(random) : this.#message(random)
      this.sent++
      socket.send(random.nextInt(5) === 0 ? Buffer.from(text) : text)
    }
    if (random.nextInt(2) === 0) await delay(random.nextInt(20))
    if (random.nextInt(2) === 0) socket.terminate()
    else socket.close()
    await closed
    if (failure !== undefined) throw failure
  }

  #check(text: string, sent: string): void {
    const answer: unknown = JSON.parse(text)
    for (const each of Array.isArray(answer) ? answer : [answer]) {
      if (each.method === 'eth_subscription') continue
      this.answered++
      const code: number = each.error?.code ?? 0
      this.codes.set(code, (this.codes.get(code) ?? 0) + 1)
      const isKnown = 'result' in each || KNOWN_CODES.has(code)
      if (each.jsonrpc !== '2.0' || !isKnown)
        throw new Error(`${JSON.stringify(each).slice(0, 1000)}\nfor ${sent.slice(0, 4000)}`)
    }
  }
}

function httpRequest(body: string): string {
  const head = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n'
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function leave(socket: Socket, random: Prng): void {
  const way = random.nextInt(3)
  if (way === 0) socket.resetAndDestroy()
  else if (way === 1) socket.destroy()
  else {
    socket.end()
    setTimeout(() => socket.destroy(), random.nextInt(100))
  }
}

function subscription(random: Prng): string {
  const name = pick(random, SUBSCRIPTIONS)
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: [name] })
}

function overlong(random: Prng): string {
  const depth = random.nextInt(MAX_DEPTH)
  const nested = pick(random, ['[', '{"a":', '[[', '["\\"",']).repeat(depth)
  if (random.nextInt(2) === 0) return nested
  return `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}${' '.repeat(random.nextInt(MAX_SPACES))}`
}
