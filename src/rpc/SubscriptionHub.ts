import type { ChainEvent, ChainView } from './ChainView.ts'
import type { Connection } from './Connection.ts'
import { ERROR_CODES, RpcError } from './errors.ts'
import { hexData, hexQuantity } from './format.ts'
import type { RpcLimits } from './limits.ts'
import type { LogFilter } from './logFilter.ts'
import {
  collectLogs,
  headerJson,
  type LogJson,
  miniBlockJson,
  partOfBlock,
  pooledTransactionJson,
  transactionJson,
} from './shapes/index.ts'

/** What a client subscribes to. */
export type Topic =
  | { kind: 'newHeads' }
  | { kind: 'logs'; filter: LogFilter }
  | { kind: 'newPendingTransactions'; full: boolean }
  | { kind: 'miniBlocks' }

/**
 * Tells subscribers of the chain's events. It listens to the chain only while there are subscribers, and writes each
 * payload as JSON once, however many get it.
 */
export class SubscriptionHub {
  readonly #view: ChainView
  readonly #limits: RpcLimits
  readonly #onError: (error: unknown) => void
  readonly #subscriptions = new Set<Subscription>()
  #stopListening: (() => void) | undefined
  #lastId = 0
  /** Hashes that were announced when queued and not executed since; oldest first. */
  readonly #announced = new Set<string>()
  /** Requests that wait for a transaction to show. */
  readonly #waiters = new Set<() => void>()

  constructor(view: ChainView, limits: RpcLimits, onError: (error: unknown) => void) {
    this.#view = view
    this.#limits = limits
    this.#onError = onError
  }

  /**
   * Subscribes a connection; returns the subscription's id and what starts its events, to be called once the client
   * has the id. Events until then are kept.
   */
  subscribe(connection: Connection, topic: Topic): { id: string; activate: () => void } {
    const { send, subscriptions } = connection
    if (send === undefined) throw new RpcError(ERROR_CODES.methodNotFound, 'notifications not supported')
    if (subscriptions.size >= this.#limits.maxSubscriptions) {
      throw new RpcError(
        ERROR_CODES.nodeError,
        `too many subscriptions (max ${this.#limits.maxSubscriptions})`,
      )
    }
    const id = hexQuantity(++this.#lastId)
    const subscription: Subscription = { id, topic, send, backlog: [] }
    subscriptions.set(id, () => this.#remove(subscription))
    this.#subscriptions.add(subscription)
    this.#listen()
    return { id, activate: () => activate(subscription) }
  }

  /** Ends one subscription; false if the connection has none of this id. */
  unsubscribe(connection: Connection, id: string): boolean {
    const end = connection.subscriptions.get(id)
    if (end === undefined) return false
    connection.subscriptions.delete(id)
    end()
    return true
  }

  /** Calls back whenever transactions were executed, until the returned function is called. */
  onExecuted(listener: () => void): () => void {
    this.#waiters.add(listener)
    this.#listen()
    return () => {
      this.#waiters.delete(listener)
      this.#stopIfIdle()
    }
  }

  close(): void {
    this.#subscriptions.clear()
    this.#waiters.clear()
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  #remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription)
    subscription.backlog = undefined
    this.#stopIfIdle()
  }

  #listen(): void {
    this.#stopListening ??= this.#view.subscribe((event) => this.#onEvent(event))
  }

  #stopIfIdle(): void {
    if (this.#subscriptions.size === 0 && this.#waiters.size === 0) this.close()
  }

  /** An event's listener must not throw into the chain. */
  #onEvent(event: ChainEvent): void {
    try {
      if (event.kind === 'executed') for (const waiter of this.#waiters) waiter()
      const payloads = new PayloadCache()
      for (const subscription of this.#subscriptions) this.#deliver(event, subscription, payloads)
      if (event.kind === 'executed') this.#forgetAnnounced(event)
      if (event.kind === 'queued') this.#rememberAnnounced(hexData(event.hash))
    } catch (error) {
      this.#onError(error)
    }
  }

  #deliver(event: ChainEvent, subscription: Subscription, payloads: PayloadCache): void {
    const { topic } = subscription
    switch (topic.kind) {
      case 'newHeads':
        if (event.kind === 'sealed')
          notify(
            subscription,
            payloads.get('head', () => headJson(event)),
          )
        break
      case 'miniBlocks':
        if (event.kind === 'miniBlock') {
          const make = (): unknown => miniBlockJson(event.miniBlock, this.#view)
          notify(subscription, payloads.get('miniBlock', make))
        }
        break
      case 'logs':
        if (event.kind === 'executed') deliverLogs(event, subscription, topic.filter)
        break
      case 'newPendingTransactions':
        this.#deliverPending(event, subscription, topic.full, payloads)
        break
    }
  }

  #deliverPending(
    event: ChainEvent,
    subscription: Subscription,
    full: boolean,
    payloads: PayloadCache,
  ): void {
    if (event.kind === 'queued') {
      const pooled = full ? this.#view.getPooledTransaction(event.hash) : undefined
      if (full && pooled === undefined) return
      const make = (): unknown => (pooled === undefined ? hexData(event.hash) : pooledTransactionJson(pooled))
      notify(subscription, payloads.get(`queued ${full}`, make))
    }
    if (event.kind !== 'executed') return
    const { block, firstTransactionIndex, count } = event
    for (let i = firstTransactionIndex; i < firstTransactionIndex + count; i++) {
      const hash = hexData(block.transactions.at(i)!.hash)
      if (this.#announced.has(hash)) continue
      notify(
        subscription,
        payloads.get(`${i} ${full}`, () => (full ? transactionJson(block, i) : hash)),
      )
    }
  }

  #rememberAnnounced(hash: string): void {
    this.#announced.add(hash)
    if (this.#announced.size <= MAX_ANNOUNCED) return
    for (const oldest of this.#announced) {
      this.#announced.delete(oldest)
      break
    }
  }

  #forgetAnnounced(event: Extract<ChainEvent, { kind: 'executed' }>): void {
    if (this.#announced.size === 0) return
    const { block, firstTransactionIndex, count } = event
    for (let i = firstTransactionIndex; i < firstTransactionIndex + count; i++) {
      this.#announced.delete(hexData(block.transactions.at(i)!.hash))
    }
  }
}

/** Queued transactions remembered so as to announce them once; one forgotten is announced twice. */
const MAX_ANNOUNCED = 16_384

type Subscription = {
  id: string
  topic: Topic
  send: (text: string) => void
  /** Notifications until the client has the id; undefined once it has, or once the subscription ended. */
  backlog: string[] | undefined
}

/** Payloads of one event as JSON. */
class PayloadCache {
  readonly #json = new Map<string, string>()

  get(key: string, make: () => unknown): string {
    let json = this.#json.get(key)
    if (json === undefined) {
      json = JSON.stringify(make())
      this.#json.set(key, json)
    }
    return json
  }
}

function activate(subscription: Subscription): void {
  const { backlog, send } = subscription
  subscription.backlog = undefined
  for (const text of backlog ?? []) send(text)
}

function notify(subscription: Subscription, json: string): void {
  const { id, backlog, send } = subscription
  const text = `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${json}}}`
  if (backlog === undefined) send(text)
  else backlog.push(text)
}

/** MegaETH's newHeads has the number of mini-blocks besides. */
function headJson(event: Extract<ChainEvent, { kind: 'sealed' }>): object {
  return { ...headerJson(event.block), miniBlockCount: hexQuantity(event.miniBlockCount) }
}

function deliverLogs(
  event: Extract<ChainEvent, { kind: 'executed' }>,
  subscription: Subscription,
  filter: LogFilter,
): void {
  const found: LogJson[] = []
  const { firstTransactionIndex: first, count, block } = event
  collectLogs(partOfBlock(block, { first, end: first + count }), filter, found)
  for (const log of found) notify(subscription, JSON.stringify(log))
}
