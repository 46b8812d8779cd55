import type { ChainEvent, ChainView } from './ChainView.ts'
import type { Connection, Outlet, ResumePoint } from './Connection.ts'
import { ERROR_CODES, nodeError, RpcError } from './errors.ts'
import { hexData, hexQuantity } from './format.ts'
import type { RpcLimits } from './limits.ts'
import { ResultCache, resultsOf, resultsOfOpen } from './notifications.ts'
import { prunedError } from './prunedError.ts'
import { replay } from './replay.ts'
import type { SharedText } from './SharedText.ts'
import { Slots } from './Slots.ts'
import { resultText, Subscription } from './Subscription.ts'
import { SyncingWatch } from './SyncingWatch.ts'
import { pooledTransactionJson, transactionJson } from './shapes/index.ts'
import { syncingResult } from './syncing.ts'
import { isReplayed, type ReplayedTopic, type Topic } from './topics.ts'

type WaitedFor = 'executed' | 'miniBlock' | 'sealed'

/**
 * Tells subscribers of the chain's events. It listens to the chain only while there are subscribers, and writes each
 * payload as JSON once, however many get it. Who comes back is told what it has missed first.
 */
export class SubscriptionHub {
  readonly #view: ChainView
  readonly #limits: RpcLimits
  readonly #onError: (error: unknown) => void
  readonly #subscriptions = new Set<Subscription>()
  readonly #replays: Slots
  readonly #syncing: SyncingWatch
  #stopListening: (() => void) | undefined
  #lastId = 0
  /** The mini-block of the event that is being told; undefined between two. */
  #telling: bigint | undefined
  /** Hashes that were announced when queued and not executed since; oldest first. */
  readonly #announced = new Set<string>()
  /** Requests that wait for something, by what may bring it. */
  readonly #waiters = {
    executed: new Set<() => void>(),
    miniBlock: new Set<() => void>(),
    sealed: new Set<() => void>(),
  }

  constructor(view: ChainView, limits: RpcLimits, onError: (error: unknown) => void) {
    this.#view = view
    this.#limits = limits
    this.#onError = onError
    this.#replays = new Slots(limits.maxReplays)
    this.#syncing = new SyncingWatch(view, () => this.#tellSyncing())
  }

  /**
   * Subscribes a connection to what happens from now on; returns the subscription's id and what starts its events, to be
   * called once the client has the id. Events until then are kept.
   */
  subscribe(connection: Connection, topic: Topic): { id: string; activate: () => void } {
    const outlet = this.#outletOf(connection)
    const { open } = this.#view.miniBlocks
    const subscription = this.#add(connection, { topic, outlet, from: { miniBlock: open.number, index: 0 } })
    if (isReplayed(topic)) subscription.pass(resultsOfOpen(open, topic).length)
    if (topic.kind === 'syncing') subscription.notify(open.number, syncingResult(this.#view))
    subscription.isLive = true
    return { id: subscription.id, activate: () => subscription.activate() }
  }

  /**
   * As `subscribe`, for one that begins in the past. A few are brought to the present at a time; others wait.
   *
   * @throws RpcError if the mini-block is not kept any more, or isn't there yet.
   */
  async resume(
    connection: Connection,
    topic: ReplayedTopic,
    from: ResumePoint,
  ): Promise<{ id: string; activate: () => void }> {
    const outlet = this.#outletOf(connection)
    const giveBack = await this.#replays.take()
    try {
      await this.#checkKept(from.miniBlock)
      if (connection.closed) throw nodeError('the connection is closed')
      const subscription = this.#add(connection, { topic, outlet, from })
      const activate = (): void => {
        subscription.activate()
        replay(subscription, topic, { view: this.#view, from: from.miniBlock, outlet })
          .catch((error: unknown) => this.#dropOn(error, outlet))
          .finally(giveBack)
      }
      return { id: subscription.id, activate }
    } catch (error) {
      giveBack()
      throw error
    }
  }

  /** Subscriptions of all connections, by topic. */
  counts(): Map<Topic['kind'], number> {
    const counts = new Map<Topic['kind'], number>()
    for (const { topic } of this.#subscriptions) counts.set(topic.kind, (counts.get(topic.kind) ?? 0) + 1)
    return counts
  }

  /** Ends one subscription; false if the connection has none of this id. */
  unsubscribe(connection: Connection, id: string): boolean {
    const subscribed = connection.subscriptions.get(id)
    if (subscribed === undefined) return false
    connection.subscriptions.delete(id)
    subscribed.end()
    return true
  }

  /** Calls back whenever transactions were executed, or a mini-block or a block sealed, until the returned function is called. */
  on(kind: WaitedFor, listener: () => void): () => void {
    this.#waiters[kind].add(listener)
    this.#listen()
    return () => {
      this.#waiters[kind].delete(listener)
      this.#stopIfIdle()
    }
  }

  /** Resolves to true as soon as `isDone` says so, looking after each such event; to false after the time. */
  until(kind: WaitedFor, isDone: () => boolean, { timeoutMs }: { timeoutMs: number }): Promise<boolean> {
    if (isDone()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        clearTimeout(timer)
        stop()
        resolve(result)
      }
      const timer = setTimeout(() => end(false), timeoutMs)
      const stop = this.on(kind, () => {
        if (isDone()) end(true)
      })
    })
  }

  close(): void {
    this.#subscriptions.clear()
    for (const waiters of Object.values(this.#waiters)) waiters.clear()
    this.#syncing.stop()
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  #outletOf({ outlet, subscriptions }: Connection): Outlet {
    if (outlet === undefined) throw new RpcError(ERROR_CODES.methodNotFound, 'notifications not supported')
    if (subscriptions.size >= this.#limits.maxSubscriptions) {
      throw nodeError(`too many subscriptions (max ${this.#limits.maxSubscriptions})`)
    }
    return outlet
  }

  #add(
    connection: Connection,
    { topic, outlet, from }: { topic: Topic; outlet: Outlet; from: ResumePoint },
  ): Subscription {
    const id = hexQuantity(++this.#lastId)
    const subscription = new Subscription({ id, topic, from, outlet })
    connection.subscriptions.set(id, {
      end: () => this.#remove(subscription),
      resumePoint: () => subscription.resumePoint(this.#telling ?? this.#view.miniBlocks.open.number),
    })
    this.#subscriptions.add(subscription)
    this.#listen()
    if (topic.kind === 'syncing') this.#syncing.start()
    return subscription
  }

  async #checkKept(from: bigint): Promise<void> {
    const { miniBlocks } = this.#view
    if (from > miniBlocks.open.number) {
      const newest = hexQuantity(miniBlocks.newest)
      throw nodeError(`mini-block ${hexQuantity(from)} isn't there yet, the newest is ${newest}`)
    }
    try {
      for await (const _ of miniBlocks.read(from)) break
    } catch (error) {
      throw prunedError(error)
    }
  }

  #dropOn(error: unknown, outlet: Outlet): void {
    const pruned = prunedError(error)
    if (!(pruned instanceof RpcError)) this.#onError(error)
    outlet.drop('replay', pruned instanceof RpcError ? pruned.message : 'internal error')
  }

  #remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription)
    subscription.end()
    if (subscription.topic.kind === 'syncing' && !this.counts().has('syncing')) this.#syncing.stop()
    this.#stopIfIdle()
  }

  #listen(): void {
    this.#stopListening ??= this.#view.subscribe((event) => this.#onEvent(event))
  }

  #stopIfIdle(): void {
    const { executed, miniBlock, sealed } = this.#waiters
    if (this.#subscriptions.size + executed.size + miniBlock.size + sealed.size === 0) this.close()
  }

  /** An event's listener must not throw into the chain. */
  #onEvent(event: ChainEvent): void {
    try {
      if (event.kind === 'executed' || event.kind === 'miniBlock' || event.kind === 'sealed')
        for (const waiter of this.#waiters[event.kind]) waiter()
      const cache = new ResultCache()
      this.#telling = event.kind === 'miniBlock' ? event.miniBlock.number : this.#view.miniBlocks.open.number
      for (const subscription of this.#subscriptions) {
        if (subscription.isLive) this.#deliver(event, subscription, cache)
      }
      if (event.kind === 'executed') this.#forgetAnnounced(event)
      if (event.kind === 'queued') this.#rememberAnnounced(hexData(event.hash))
    } catch (error) {
      this.#onError(error)
    } finally {
      this.#telling = undefined
    }
  }

  /** Called by a timer, into which nothing must be thrown. */
  #tellSyncing(): void {
    try {
      const result = syncingResult(this.#view)
      for (const subscription of this.#subscriptions)
        if (subscription.topic.kind === 'syncing')
          subscription.notify(this.#view.miniBlocks.open.number, result)
    } catch (error) {
      this.#onError(error)
    }
  }

  #deliver(event: ChainEvent, subscription: Subscription, cache: ResultCache): void {
    const { topic } = subscription
    if (topic.kind === 'syncing') return
    const results =
      topic.kind === 'newPendingTransactions'
        ? this.#pendingResults(event, topic.full, cache)
        : resultsOf(event, topic, { view: this.#view, cache })
    for (const result of results) subscription.notify(this.#telling!, result)
  }

  #pendingResults(event: ChainEvent, full: boolean, cache: ResultCache): SharedText[] {
    if (event.kind === 'queued') {
      const pooled = full ? this.#view.getPooledTransaction(event.hash) : undefined
      if (full && pooled === undefined) return []
      const make = (): SharedText =>
        resultText(pooled === undefined ? hexData(event.hash) : pooledTransactionJson(pooled))
      return [cache.get(`queued ${full}`, make)]
    }
    if (event.kind !== 'executed') return []
    // What was announced changes only after everybody has been told of the event.
    return cache.get(`executed ${full}`, () => this.#notAnnounced(event, full))
  }

  #notAnnounced({ block, firstTransactionIndex, count }: ExecutedEvent, full: boolean): SharedText[] {
    const results: SharedText[] = []
    for (let i = firstTransactionIndex; i < firstTransactionIndex + count; i++) {
      const hash = hexData(block.transactions.at(i)!.hash)
      if (this.#announced.has(hash)) continue
      results.push(resultText(full ? transactionJson(block, i) : hash))
    }
    return results
  }

  #rememberAnnounced(hash: string): void {
    this.#announced.add(hash)
    if (this.#announced.size <= MAX_ANNOUNCED) return
    for (const oldest of this.#announced) {
      this.#announced.delete(oldest)
      break
    }
  }

  #forgetAnnounced({ block, firstTransactionIndex, count }: ExecutedEvent): void {
    if (this.#announced.size === 0) return
    for (let i = firstTransactionIndex; i < firstTransactionIndex + count; i++) {
      this.#announced.delete(hexData(block.transactions.at(i)!.hash))
    }
  }
}

type ExecutedEvent = Extract<ChainEvent, { kind: 'executed' }>

/** Queued transactions remembered so as to announce them once; one forgotten is announced twice. */
const MAX_ANNOUNCED = 16_384
