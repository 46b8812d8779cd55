import { keyOf, type PooledTransaction, type SenderState } from './PooledTransaction.ts'
import {
  accountLimitExceeded,
  alreadyKnown,
  insufficientFunds,
  nonceTooLow,
  poolFull,
  type Refusal,
  replacementUnderpriced,
} from './Refusal.ts'

/** Most transactions of one sender that may wait. */
export const POOL_ACCOUNT_LIMIT = 1024
/** Most transactions that may wait in all. */
export const POOL_TOTAL_LIMIT = 8192
/** Per cent by which both fees of a replacement must exceed those of the replaced one (geth's default). */
export const PRICE_BUMP_PERCENT = 10n

export type PoolAddition = { kind: 'added'; replaced: PooledTransaction | undefined } | Refusal

/**
 * Transactions that can't be executed yet: behind a nonce gap, or with a fee cap below the base fee. What can be
 * executed never enters it. Per sender in nonce order; senders in order of arrival.
 *
 * Limits: {@link POOL_ACCOUNT_LIMIT} and {@link POOL_TOTAL_LIMIT}; beyond them a transaction is refused, never
 * another one evicted, since those that wait have been acknowledged.
 */
export class TransactionPool {
  readonly #accountLimit: number
  readonly #totalLimit: number
  readonly #bySender = new Map<string, PooledTransaction[]>()
  readonly #byHash = new Map<string, PooledTransaction>()

  constructor(limits: { perAccount?: number; total?: number } = {}) {
    this.#accountLimit = limits.perAccount ?? POOL_ACCOUNT_LIMIT
    this.#totalLimit = limits.total ?? POOL_TOTAL_LIMIT
  }

  get size(): number {
    return this.#byHash.size
  }

  has(hash: Uint8Array): boolean {
    return this.#byHash.has(keyOf(hash))
  }

  /** Queues a transaction, or replaces the waiting one with the same sender and nonce if it pays enough more. */
  add(transaction: PooledTransaction, sender: SenderState): PoolAddition {
    if (this.has(transaction.hash)) return alreadyKnown()
    if (transaction.nonce < sender.nonce) return nonceTooLow(sender.nonce, transaction.nonce)
    if (transaction.cost > sender.balance) return insufficientFunds(sender.balance, transaction.cost)
    const senderKey = keyOf(transaction.sender)
    const queue = this.#bySender.get(senderKey) ?? []
    const index = firstAtOrAbove(queue, transaction.nonce)
    const replaced = queue[index]?.nonce === transaction.nonce ? queue[index] : undefined
    if (replaced !== undefined) {
      if (!paysEnoughMore(replaced, transaction)) return replacementUnderpriced()
      this.#byHash.delete(keyOf(replaced.hash))
      queue[index] = transaction
    } else {
      if (queue.length >= this.#accountLimit) return accountLimitExceeded(queue.length)
      if (this.size >= this.#totalLimit) return poolFull(this.size, this.#totalLimit)
      queue.splice(index, 0, transaction)
      this.#bySender.set(senderKey, queue)
    }
    this.#byHash.set(keyOf(transaction.hash), transaction)
    return { kind: 'added', replaced }
  }

  /** Whether something of this sender waits. */
  hasSender(sender: Uint8Array): boolean {
    return this.#bySender.has(keyOf(sender))
  }

  /** The waiting transaction of this sender with exactly this nonce. */
  at(sender: Uint8Array, nonce: bigint): PooledTransaction | undefined {
    const queue = this.#bySender.get(keyOf(sender))
    if (queue === undefined) return undefined
    const candidate = queue[firstAtOrAbove(queue, nonce)]
    return candidate?.nonce === nonce ? candidate : undefined
  }

  remove(transaction: PooledTransaction): void {
    if (!this.#byHash.delete(keyOf(transaction.hash))) return
    const senderKey = keyOf(transaction.sender)
    const queue = this.#bySender.get(senderKey)!
    queue.splice(firstAtOrAbove(queue, transaction.nonce), 1)
    if (queue.length === 0) this.#bySender.delete(senderKey)
  }

  /** Removes and returns what the sender's nonce has overtaken. */
  dropBelow(sender: Uint8Array, nonce: bigint): PooledTransaction[] {
    const queue = this.#bySender.get(keyOf(sender))
    if (queue === undefined) return []
    const overtaken = queue.slice(0, firstAtOrAbove(queue, nonce))
    for (const transaction of overtaken) this.remove(transaction)
    return overtaken
  }

  /** Addresses of those who have something waiting, in order of arrival; a copy. */
  senders(): Uint8Array[] {
    return [...this.#bySender.values()].map((queue) => queue[0]!.sender)
  }

  /** Everything that waits: senders in order of arrival, each in nonce order. */
  *transactions(): Generator<PooledTransaction> {
    for (const queue of this.#bySender.values()) yield* queue
  }
}

/** Index of the first transaction with this nonce or a higher one. Queues are short: a linear walk. */
function firstAtOrAbove(queue: PooledTransaction[], nonce: bigint): number {
  const index = queue.findIndex((transaction) => transaction.nonce >= nonce)
  return index === -1 ? queue.length : index
}

function paysEnoughMore(old: PooledTransaction, replacement: PooledTransaction): boolean {
  const bumped = (fee: bigint) => (fee * (100n + PRICE_BUMP_PERCENT)) / 100n
  return (
    replacement.maxFeePerGas > old.maxFeePerGas &&
    replacement.maxPriorityFeePerGas > old.maxPriorityFeePerGas &&
    replacement.maxFeePerGas >= bumped(old.maxFeePerGas) &&
    replacement.maxPriorityFeePerGas >= bumped(old.maxPriorityFeePerGas)
  )
}
