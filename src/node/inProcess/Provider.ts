import { Connection, ERROR_CODES, RpcError, type RpcServer } from '../../rpc/index.ts'

/** Of EIP-1193. */
export type RequestArguments = { method: string; params?: readonly unknown[] | Record<string, unknown> }

/** What came for a subscription (EIP-1193, `message`). */
export type ProviderMessage = {
  type: 'eth_subscription'
  data: { subscription: string; result: unknown }
}

/** EIP-1193's events that happen. */
export type ProviderEvents = { message: ProviderMessage; disconnect: RpcError }

type Listeners = { [Name in keyof ProviderEvents]: Set<(value: ProviderEvents[Name]) => void> }

/** Requests that may be unanswered. */
const REQUEST_LIMIT = 4096

/** Of EIP-1193: it is connected to no chain. */
const DISCONNECTED = 4900

/**
 * An EIP-1193 provider in front of a JSON-RPC server in the same process. Requests and answers go through JSON as over any
 * transport: so they are the same here and there, and nothing is shared with who asks.
 */
export class Provider {
  readonly #server: RpcServer
  readonly #connection: Connection
  readonly #listeners: Listeners = { message: new Set(), disconnect: new Set() }
  /** Reject what waits. */
  readonly #pending = new Set<(error: RpcError) => void>()
  #closed: RpcError | undefined

  constructor(server: RpcServer) {
    this.#server = server
    const send = (text: string): void => this.#tell(text)
    this.#connection = new Connection({
      send,
      sendParts: (first, rest) => send(first + rest.text),
      isBehind: false,
      caughtUp: () => Promise.resolve(),
      drop: () => this.#connection.close(),
    })
  }

  /** @throws RpcError with the code, message and data that JSON-RPC gives. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the method gives, as in other libraries' types
  async request({ method, params }: RequestArguments): Promise<any> {
    if (this.#closed !== undefined) throw this.#closed
    if (this.#pending.size >= REQUEST_LIMIT)
      throw new RpcError(
        ERROR_CODES.limitExceeded,
        `too many requests are under way (limit ${REQUEST_LIMIT})`,
      )
    const answer = this.#server.handle(requestText(method, params), this.#connection)
    return resultOf(answer instanceof Promise ? await this.#unlessClosed(answer) : answer)
  }

  /** Events that never happen here may be listened to as well. */
  on<Name extends keyof ProviderEvents>(event: Name, listener: (value: ProviderEvents[Name]) => void): void {
    this.#listeners[event]?.add(listener)
  }

  removeListener<Name extends keyof ProviderEvents>(
    event: Name,
    listener: (value: ProviderEvents[Name]) => void,
  ): void {
    this.#listeners[event]?.delete(listener)
  }

  /** Ends subscriptions, and requests that wait. */
  close(reason: string): void {
    if (this.#closed !== undefined) return
    const error = new RpcError(DISCONNECTED, reason)
    this.#closed = error
    this.#connection.close()
    this.#server.close()
    for (const reject of this.#pending) reject(error)
    this.#emit('disconnect', error)
    for (const listeners of Object.values(this.#listeners)) listeners.clear()
  }

  /** The answer, or what closing says: also where the request itself has made the chain fail. */
  #unlessClosed<T>(answer: Promise<T>): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      answer.then((value) => {
        this.#pending.delete(reject)
        resolve(value)
      }, reject)
    })
  }

  /** Not while the chain takes its step: who listens may send the next transaction. */
  #tell(text: string): void {
    if (this.#listeners.message.size === 0) return
    queueMicrotask(() => {
      const { method, params } = JSON.parse(text)
      if (method === 'eth_subscription') this.#emit('message', { type: method, data: params })
    })
  }

  #emit<Name extends keyof ProviderEvents>(event: Name, value: ProviderEvents[Name]): void {
    for (const listener of this.#listeners[event]) listener(value)
  }
}

function requestText(method: string, params: RequestArguments['params']): string {
  try {
    return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  } catch (error) {
    throw new RpcError(ERROR_CODES.invalidParams, `params are not JSON: ${(error as Error).message}`)
  }
}

function resultOf(text: string | undefined): unknown {
  const { result, error } = JSON.parse(text!)
  if (error !== undefined) throw new RpcError(error.code, error.message, error.data)
  return result
}
