import { setTimeout } from 'node:timers/promises'
import { textWithin } from '../../lib/index.ts'
import { httpAddressOf } from '../httpAddress.ts'

/** Others wait: many providers count. */
const REQUESTS_AT_ONCE = 16
/** One request must be answered within this. */
const REQUEST_LIMIT_MS = 20_000
/** How often a request is tried, and how long between, doubled each time. */
const ATTEMPTS = 5
const FIRST_PAUSE_MS = 100
/** After a remote could not be reached, for so long each request is tried once only. */
const DOWN_MS = 5_000
/** Of one answer. */
const ANSWER_BYTES: number = 64 * 1024 * 1024
/** What a provider says of a caller that asks too much (EIP-1474), and HTTP's. */
const LIMIT_EXCEEDED = -32005
const TOO_MANY_REQUESTS = 429

type RemoteAnswer = { result?: unknown; error?: { code?: number; message?: string; data?: unknown } }

/** JSON-RPC over http with another node. What fails for a moment is tried again. */
export class RemoteRpc {
  /** Without what may be secret in it. */
  readonly name: string
  readonly #url: string
  readonly #headers: Record<string, string>
  readonly #closed = new AbortController()
  readonly #waiting: (() => void)[] = []
  #running = 0
  #downUntilMs = 0

  /**
   * @param keepAlive - whether a connection stays for some seconds after its last answer; it keeps no process alive.
   * @throws TypeError for what is no URL.
   */
  constructor(url: string, { keepAlive = true }: { keepAlive?: boolean } = {}) {
    const address = httpAddressOf(url)
    this.name = nameOf(url)
    this.#url = address.url
    this.#headers = { 'content-type': 'application/json', ...address.headers }
    if (!keepAlive) this.#headers.connection = 'close'
  }

  /** @throws RemoteError what the remote says; RemoteDownError when it says nothing. */
  async call(method: string, params: unknown): Promise<unknown> {
    await this.#place()
    try {
      return await this.#tryAgain(method, params)
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  /** Gives up what is under way, and all that is asked from now on. */
  close(): void {
    this.#closed.abort(new Error('the node is shutting down'))
  }

  async #place(): Promise<void> {
    if (this.#running >= REQUESTS_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running++
  }

  async #tryAgain(method: string, params: unknown): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const attempts = performance.now() < this.#downUntilMs ? 1 : ATTEMPTS
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#post(body, method)
        this.#downUntilMs = 0
        return result
      } catch (error) {
        if (!(error instanceof RemoteDownError) || this.#closed.signal.aborted) throw error
        if (attempt >= attempts) {
          this.#downUntilMs = performance.now() + DOWN_MS
          throw error
        }
        await setTimeout(FIRST_PAUSE_MS * 2 ** (attempt - 1))
      }
    }
  }

  async #post(body: string, method: string): Promise<unknown> {
    let answer: RemoteAnswer
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(REQUEST_LIMIT_MS), this.#closed.signal])
      const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body, signal })
      if (!response.ok && (response.status === TOO_MANY_REQUESTS || response.status >= 500))
        throw new Error(`HTTP status ${response.status}`)
      answer = JSON.parse(await textWithin(response, ANSWER_BYTES)) as RemoteAnswer
    } catch (error) {
      throw new RemoteDownError(this.name, error as Error)
    }
    const { result, error } = answer
    if (error?.code === LIMIT_EXCEEDED) throw new RemoteDownError(this.name, new Error(error.message))
    if (error !== undefined) throw new RemoteError(this.name, method, error)
    return result ?? null
  }
}

/** Of an address only what can't be secret. */
export function nameOf(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

/** The remote answers with an error. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly code: number
  readonly data: unknown
  /** In the remote's words. */
  readonly reason: string

  constructor(remote: string, method: string, error: NonNullable<RemoteAnswer['error']>) {
    const reason = error.message ?? 'it does not say why'
    super(`The fork's remote refuses ${method}: ${reason}\n  remote: ${remote}`)
    this.reason = reason
    this.code = error.code ?? -32000
    this.data = error.data
  }
}

/** The remote does not answer. */
export class RemoteDownError extends Error {
  override readonly name = 'RemoteDownError'

  constructor(remote: string, { message, cause }: Error) {
    const reason = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message
    super(`the fork's remote does not answer (${remote}: ${reason})`)
  }
}
