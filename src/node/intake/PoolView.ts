import { assert } from '../../lib/index.ts'
import { decodeTransaction } from '../../protocol/index.ts'
import type { ViewPooledTransaction } from '../../rpc/index.ts'
import { keyOf, type PooledTransaction } from '../../sequencer/index.ts'

/** What waits in the sequencer's pool, as the main thread knows it. Bounded as the pool is. */
export class PoolView {
  readonly #byHash = new Map<string, PooledTransaction>()
  readonly #nonces = new Map<string, Set<bigint>>()

  get isEmpty(): boolean {
    return this.#byHash.size === 0
  }

  get size(): number {
    return this.#byHash.size
  }

  add(transaction: PooledTransaction): void {
    this.#byHash.set(keyOf(transaction.hash), transaction)
    const senderKey = keyOf(transaction.sender)
    const nonces = this.#nonces.get(senderKey) ?? new Set()
    this.#nonces.set(senderKey, nonces.add(transaction.nonce))
  }

  /** Whether it was there. A replaced one is removed before its replacement is added. */
  remove(hash: Uint8Array): boolean {
    const key = keyOf(hash)
    const transaction = this.#byHash.get(key)
    if (transaction === undefined) return false
    this.#byHash.delete(key)
    const senderKey = keyOf(transaction.sender)
    const nonces = this.#nonces.get(senderKey)
    nonces?.delete(transaction.nonce)
    if (nonces?.size === 0) this.#nonces.delete(senderKey)
    return true
  }

  get(hash: Uint8Array): ViewPooledTransaction | undefined {
    const transaction = this.#byHash.get(keyOf(hash))
    return transaction && viewOf(transaction)
  }

  *all(): Generator<ViewPooledTransaction, void> {
    for (const transaction of this.#byHash.values()) yield viewOf(transaction)
  }

  /** The first nonce from `nonce` on that this sender has not used. */
  nextNonce(sender: Uint8Array, nonce: bigint): bigint {
    const taken = this.#nonces.get(keyOf(sender))
    let next = nonce
    while (taken?.has(next)) next++
    return next
  }
}

function viewOf({ hash, sender, raw }: PooledTransaction): ViewPooledTransaction {
  const decoded = decodeTransaction(raw)
  assert(decoded.ok, 'the pool holds transactions')
  return { hash, sender, raw, tx: decoded.transaction }
}
