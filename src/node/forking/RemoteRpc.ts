import { setTimeout } from 'node:timers/promises'

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

export type RemoteCall = { method: string; params: unknown }
type RemoteAnswer = {
  id?: unknown
  result?: unknown
  error?: { code?: number; message?: string; data?: unknown }
}

/** JSON-RPC over http with another node. What fails for a moment is tried again. */
export class RemoteRpc {
  /** Without what may be secret in it. */
  readonly name: string
  readonly #url: string
  readonly #headers: Record<string, string>
  #downUntilMs = 0

  /** @throws TypeError for what is no URL. */
  constructor(url: string) {
    const parsed = new URL(url)
    this.name = nameOf(url)
    const { username, password } = parsed
    parsed.username = ''
    parsed.password = ''
    this.#url = parsed.href
    this.#headers = { 'content-type': 'application/json' }
    if (username !== '' || password !== '') {
      const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
      this.#headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    }
  }

  /** @throws RemoteError what the remote says; RemoteDownError when it says nothing. */
  async call(method: string, params: unknown): Promise<unknown> {
    const [result] = await this.batch([{ method, params }])
    return result
  }

  /** The results in the order of the calls. @throws as {@link call}, for the first error. */
  async batch(calls: readonly RemoteCall[]): Promise<unknown[]> {
    const body = JSON.stringify(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call })))
    const attempts = performance.now() < this.#downUntilMs ? 1 : ATTEMPTS
    for (let attempt = 1; ; attempt++) {
      try {
        const results = await this.#post(body, calls)
        this.#downUntilMs = 0
        return results
      } catch (error) {
        if (!(error instanceof RemoteDownError)) throw error
        if (attempt >= attempts) {
          this.#downUntilMs = performance.now() + DOWN_MS
          throw error
        }
        await setTimeout(FIRST_PAUSE_MS * 2 ** (attempt - 1))
      }
    }
  }

  async #post(body: string, calls: readonly RemoteCall[]): Promise<unknown[]> {
    let answers: RemoteAnswer[]
    try {
      const signal = AbortSignal.timeout(REQUEST_LIMIT_MS)
      const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body, signal })
      if (!response.ok && (response.status === TOO_MANY_REQUESTS || response.status >= 500))
        throw new Error(`HTTP status ${response.status}`)
      answers = answersOf(await textOf(response))
    } catch (error) {
      throw new RemoteDownError(this.name, error as Error)
    }
    return calls.map(({ method }, id) => {
      const answer =
        answers.find((each) => each.id === id) ?? answers.find((each) => each.error !== undefined)
      if (answer?.error?.code === LIMIT_EXCEEDED)
        throw new RemoteDownError(this.name, new Error(answer.error.message))
      if (answer === undefined || answer.error !== undefined)
        throw new RemoteError(this.name, method, answer?.error)
      return answer.result ?? null
    })
  }
}

/** Of an address only what can't be secret. */
export function nameOf(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

async function textOf(response: Response): Promise<string> {
  const length = Number(response.headers.get('content-length') ?? 0)
  if (length > ANSWER_BYTES) throw new Error(`an answer of ${length} bytes`)
  return await response.text()
}

function answersOf(text: string): RemoteAnswer[] {
  const json: unknown = JSON.parse(text)
  return (Array.isArray(json) ? json : [json]) as RemoteAnswer[]
}

/** The remote answers with an error. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly code: number
  readonly data: unknown
  /** In the remote's words. */
  readonly reason: string

  constructor(
    remote: string,
    method: string,
    error: { code?: number; message?: string; data?: unknown } | undefined,
  ) {
    const reason = error?.message ?? 'no answer'
    super(`The fork's remote refuses ${method}: ${reason}\n  remote: ${remote}`)
    this.reason = reason
    this.code = error?.code ?? -32000
    this.data = error?.data
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
