import http from 'node:http'
import { WebSocket } from 'ws'

/** One JSON-RPC call: method and parameters. */
export type Call = [method: string, params?: unknown[]]

/** Whatever JSON a node answers: the tests read it without a schema and assert what they need. */
// biome-ignore lint/suspicious/noExplicitAny: the point of this type
export type Json = any

export type Answer = {
  id: number | string | null
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
}

const REQUEST_TIMEOUT_MS = 60_000

/** A JSON-RPC client over one or more kept-alive http connections; thin, so that it is not what gets measured. */
export class HttpRpc {
  readonly #agent: http.Agent
  readonly #options: http.RequestOptions
  #id = 0

  constructor(url: string, options: { connections?: number } = {}) {
    const { hostname, port } = new URL(url)
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: options.connections ?? 1 })
    this.#options = {
      hostname,
      port,
      method: 'POST',
      agent: this.#agent,
      timeout: REQUEST_TIMEOUT_MS,
      headers: { 'content-type': 'application/json' },
    }
  }

  /** Result of one call; throws {@link RpcError} for an error answer. */
  async call(method: string, params: unknown[] = []): Promise<Json> {
    const { body } = await this.post(JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params }))
    return resultOf(JSON.parse(body) as Answer, method)
  }

  /** Answers of a batch in the order of the calls. */
  async batch(calls: Call[]): Promise<Answer[]> {
    if (calls.length === 0) return []
    const first = this.#id + 1
    this.#id += calls.length
    const list = calls.map(([method, params], i) => ({
      jsonrpc: '2.0',
      id: first + i,
      method,
      params: params ?? [],
    }))
    const { body } = await this.post(JSON.stringify(list))
    const answers = JSON.parse(body) as Answer[] | Answer
    if (!Array.isArray(answers)) return [resultOf(answers, 'batch')]
    return answers.sort((a, b) => Number(a.id) - Number(b.id))
  }

  /** Results of a batch; throws the first error. */
  async results(calls: Call[]): Promise<Json[]> {
    const answers = await this.batch(calls)
    return answers.map((answer, i) => resultOf(answer, calls[i]![0]))
  }

  /** Posts a body as it is. */
  post(body: string | Uint8Array): Promise<{ status: number; body: string }> {
    return new Promise((done, fail) => {
      const request = http.request({ ...this.#options }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
        )
        response.on('error', fail)
      })
      request.setHeader('content-length', Buffer.byteLength(body))
      request.on('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)))
      request.on('error', fail)
      request.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** A JSON-RPC client over one WebSocket, with subscriptions. */
export class WsRpc {
  readonly socket: WebSocket
  readonly #waiting = new Map<number, { done: (answer: Answer) => void; fail: (error: Error) => void }>()
  readonly #listeners = new Map<string, (result: Json) => void>()
  readonly #early = new Map<string, unknown[]>()
  #id = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString())))
    socket.on('error', () => {})
    socket.on('close', () => {
      for (const { fail } of this.#waiting.values()) fail(new Error('the WebSocket was closed'))
      this.#waiting.clear()
    })
  }

  static open(url: string): Promise<WsRpc> {
    return new Promise((done, fail) => {
      const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 })
      socket.once('open', () => {
        socket.off('error', fail)
        done(new WsRpc(socket))
      })
      socket.once('error', fail)
    })
  }

  async call(method: string, params: unknown[] = []): Promise<Json> {
    const id = ++this.#id
    const answer = this.#expect(id)
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return resultOf(await answer, method)
  }

  /** Answers of a batch in the order of the calls. */
  async batch(calls: Call[]): Promise<Answer[]> {
    const list = calls.map(([method, params]) => ({
      jsonrpc: '2.0',
      id: ++this.#id,
      method,
      params: params ?? [],
    }))
    const answers = Promise.all(list.map(({ id }) => this.#expect(id)))
    this.socket.send(JSON.stringify(list))
    return await answers
  }

  /** `eth_subscribe`; the listener gets every notification's result, in order, none lost. */
  async subscribe(name: string, listener: (result: Json) => void, options?: unknown): Promise<string> {
    const id = (await this.call('eth_subscribe', options === undefined ? [name] : [name, options])) as string
    this.#listeners.set(id, listener)
    for (const result of this.#early.get(id) ?? []) listener(result)
    this.#early.delete(id)
    return id
  }

  close(): void {
    this.socket.terminate()
  }

  #expect(id: number): Promise<Answer> {
    return new Promise((done, fail) => {
      if (this.socket.readyState !== WebSocket.OPEN) fail(new Error('the WebSocket is closed'))
      this.#waiting.set(id, { done, fail })
    })
  }

  #receive(message: Json): void {
    if (Array.isArray(message)) {
      for (const answer of message) this.#receive(answer)
    } else if (message.method === 'eth_subscription') {
      const { subscription, result } = message.params
      const listener = this.#listeners.get(subscription)
      if (listener) listener(result)
      else this.#early.set(subscription, [...(this.#early.get(subscription) ?? []), result])
    } else {
      this.#settle(message)
    }
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(Number(answer.id))
    this.#waiting.delete(Number(answer.id))
    if (waiting) waiting.done(answer)
    else if (answer.id === null) {
      for (const { done } of this.#waiting.values()) done(answer)
      this.#waiting.clear()
    }
  }
}

/** An error answer. */
export class RpcError extends Error {
  override readonly name: string = 'RpcError'
  readonly code: number
  readonly data: unknown

  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super(`${error.message} (code ${error.code}, ${method})`)
    this.code = error.code
    this.data = error.data
  }
}

function resultOf(answer: Answer, method: string): Json {
  if (answer.error) throw new RpcError(method, answer.error)
  return answer.result
}
