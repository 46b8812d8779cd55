/** What the page needs of a WebSocket; a browser's is one. */
export type Socket = {
  readonly readyState: number
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onclose: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
}

export type Status = 'connecting' | 'open' | 'lost'

/** What the page reads of a notification; it has more members: see docs/realtime.md. */
type Notification = { result: unknown }

/** An error that the node answers with. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: unknown

  constructor({ code, message, data }: { code: number; message: string; data?: unknown }) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** Clients know it by the words of go-ethereum: the state of such an old block isn't kept. */
export function isStateGone(error: Error): boolean {
  return error instanceof RpcError && error.message.startsWith('missing trie node')
}

/** The connection broke, or could not be made in time: what was asked may or may not have happened. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

type Pending = {
  resolve: (result: unknown) => void
  reject: (error: Error) => void
  timer: ReturnType<typeof setTimeout>
}

type Subscription = { name: string; listener: (notification: Notification) => void; id: string | undefined }

type Options = {
  open: () => Socket
  /** Hears each change, at once. */
  onStatus: (status: Status) => void
  /** Hears the characters of each message that comes. */
  onReceived?: (characters: number) => void
  requestTimeoutMs?: number
  firstRetryMs?: number
  lastRetryMs?: number
}

const MAX_WAITING = 500

/**
 * JSON-RPC over one WebSocket that comes back by itself: it tries again with pauses that double, subscribes anew, and
 * keeps requests that are made meanwhile until their time is over.
 */
export class RpcSocket {
  readonly #options: Required<Options>
  readonly #pending = new Map<number, Pending>()
  readonly #subscriptions = new Set<Subscription>()
  /** Messages for when the connection is there. */
  #waiting: { id: number; text: string }[] = []
  #socket: Socket | undefined
  #nextId = 1
  #retryMs: number
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(options: Options) {
    this.#options = {
      onReceived: () => {},
      requestTimeoutMs: 20_000,
      firstRetryMs: 200,
      lastRetryMs: 3_000,
      ...options,
    }
    this.#retryMs = this.#options.firstRetryMs
    this.#options.onStatus('connecting')
    this.#connect()
  }

  /** @throws RpcError, ConnectionError. */
  request<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    const id = this.#nextId++
    const text = JSON.stringify({ jsonrpc: '2.0', id, method, params })
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.length >= MAX_WAITING) {
        reject(new ConnectionError('The node is not there, and too many requests wait for it.'))
        return
      }
      const timer = setTimeout(() => this.#timeOut(id, method), this.#options.requestTimeoutMs)
      this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject, timer })
      if (this.#isOpen) this.#socket!.send(text)
      else this.#waiting.push({ id, text })
    })
  }

  /** Subscribes now and after each reconnection, until the function that is returned is called. */
  subscribe(name: string, listener: Subscription['listener']): () => void {
    const subscription: Subscription = { name, listener, id: undefined }
    this.#subscriptions.add(subscription)
    if (this.#isOpen) this.#announce(subscription)
    return () => {
      this.#subscriptions.delete(subscription)
      if (subscription.id !== undefined && this.#isOpen)
        this.request('eth_unsubscribe', [subscription.id]).catch(() => {})
    }
  }

  /** Tries now rather than after the pause. */
  retry(): void {
    if (this.#socket !== undefined || this.#isClosed) return
    clearTimeout(this.#retryTimer)
    this.#connect()
  }

  /**
   * Gives up a connection of which nothing is heard: of one that ended while the machine slept, a browser may not tell
   * for minutes.
   */
  renew(): void {
    const socket = this.#socket
    if (socket === undefined || this.#isClosed) return
    Object.assign(socket, { onopen: null, onclose: null, onmessage: null })
    socket.close()
    this.#onClose()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retryTimer)
    this.#socket?.close()
    this.#failPending()
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === 1
  }

  #connect(): void {
    const socket = this.#options.open()
    this.#socket = socket
    socket.onopen = () => this.#onOpen()
    socket.onclose = () => this.#onClose()
    socket.onmessage = ({ data }) => this.#onMessage(String(data))
  }

  #onOpen(): void {
    this.#retryMs = this.#options.firstRetryMs
    const waiting = this.#waiting
    this.#waiting = []
    for (const { text } of waiting) this.#socket!.send(text)
    for (const subscription of this.#subscriptions) this.#announce(subscription)
    this.#options.onStatus('open')
  }

  #onClose(): void {
    if (this.#socket === undefined || this.#isClosed) return
    this.#socket = undefined
    const waiting = new Set(this.#waiting.map(({ id }) => id))
    this.#failPending(waiting)
    for (const subscription of this.#subscriptions) subscription.id = undefined
    this.#options.onStatus('lost')
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, this.#options.lastRetryMs)
  }

  /** Those that were sent; the others are sent when the connection is there again. */
  #failPending(kept: ReadonlySet<number> = new Set()): void {
    for (const [id, { reject, timer }] of this.#pending) {
      if (kept.has(id)) continue
      clearTimeout(timer)
      this.#pending.delete(id)
      reject(new ConnectionError('The connection to the node was lost.'))
    }
  }

  #timeOut(id: number, method: string): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    this.#waiting = this.#waiting.filter((each) => each.id !== id)
    pending?.reject(new ConnectionError(`The node has not answered ${method} in time.`))
  }

  #onMessage(text: string): void {
    this.#options.onReceived(text.length)
    const message = JSON.parse(text)
    if (message.method === 'eth_subscription') this.#notify(message.params)
    else if (message.id !== undefined) this.#settle(message)
  }

  #notify(params: Notification & { subscription: string }): void {
    for (const subscription of this.#subscriptions)
      if (subscription.id === params.subscription) subscription.listener(params)
  }

  #settle({ id, result, error }: { id: number; result: unknown; error?: RpcError }): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    clearTimeout(pending.timer)
    if (error === undefined) pending.resolve(result)
    else pending.reject(new RpcError(error))
  }

  /** The answer comes before the first notification. */
  #announce(subscription: Subscription): void {
    this.request<string>('eth_subscribe', [subscription.name]).then(
      (id) => {
        subscription.id = id
        if (!this.#subscriptions.has(subscription)) this.request('eth_unsubscribe', [id]).catch(() => {})
      },
      // A lost connection subscribes again when it is back; a node without this subscription has nothing to tell.
      () => {},
    )
  }
}
