import { randomBytes } from 'node:crypto'
import type { ChainView, RewindEvent } from './ChainView.ts'
import { nodeError } from './errors.ts'
import { hexData, hexQuantity } from './format.ts'
import type { RpcLimits } from './limits.ts'
import type { LogFilter } from './logFilter.ts'

/** What is asked of a filter from time to time; `changes` gives what came since it was asked last. */
export type Filter = {
  changes(): unknown
  /** All logs that match, where it is a filter of logs. */
  readonly logs: LogFilter | undefined
  /** Blocks are given up; they can be read until this returns. */
  rewind?(event: RewindEvent): void
  /** Lets go of what it holds. */
  close?(): void
}

type Kept = {
  filter: Filter
  timer: NodeJS.Timeout
  /** Of the question before: two at once must not get the same. */
  lastAnswer: Promise<unknown>
}

/**
 * The filters of all clients by id (go-ethereum, eth/filters). One that isn't asked for `filterTimeoutMs` is gone. They
 * keep places in the chain, not what has come since.
 */
export class Filters {
  readonly #view: ChainView
  readonly #limits: RpcLimits
  readonly #kept = new Map<string, Kept>()
  readonly #onQueued = new Set<(hash: Uint8Array) => void>()
  #stopListening: (() => void) | undefined

  constructor(view: ChainView, limits: RpcLimits) {
    this.#view = view
    this.#limits = limits
  }

  get count(): number {
    return this.#kept.size
  }

  /** The id of a new filter, which can't be guessed. */
  add(filter: Filter): string {
    const { maxFilters, filterTimeoutMs } = this.#limits
    if (this.#kept.size >= maxFilters) {
      filter.close?.()
      throw nodeError(`too many filters (max ${maxFilters})`)
    }
    const id = hexQuantity(BigInt(hexData(randomBytes(16))))
    const timer = setTimeout(() => this.remove(id), filterTimeoutMs).unref()
    this.#kept.set(id, { filter, timer, lastAnswer: Promise.resolve() })
    this.#listen()
    return id
  }

  /** Calls back for each transaction that is queued, until the returned function is called. */
  onQueued(listener: (hash: Uint8Array) => void): () => void {
    this.#onQueued.add(listener)
    this.#listen()
    return () => {
      this.#onQueued.delete(listener)
      this.#stopIfIdle()
    }
  }

  /** @throws RpcError -32000 when there is none of this id. */
  changes(id: string): Promise<unknown> {
    const kept = this.#find(id)
    kept.timer.refresh()
    const answer = kept.lastAnswer.then(() => kept.filter.changes())
    kept.lastAnswer = answer.catch(() => {})
    return answer
  }

  /** @throws RpcError -32000 when there is no filter of logs of this id. */
  logsOf(id: string): LogFilter {
    const { logs } = this.#find(id).filter
    if (logs === undefined) throw filterNotFound()
    return logs
  }

  /** False if there is none. */
  remove(id: string): boolean {
    const kept = this.#kept.get(id)
    if (kept === undefined) return false
    clearTimeout(kept.timer)
    kept.filter.close?.()
    this.#kept.delete(id)
    this.#stopIfIdle()
    return true
  }

  close(): void {
    for (const id of this.#kept.keys()) this.remove(id)
  }

  #listen(): void {
    this.#stopListening ??= this.#view.subscribe((event) => {
      if (event.kind === 'queued') for (const each of this.#onQueued) each(event.hash)
      if (event.kind === 'rewind') for (const { filter } of this.#kept.values()) filter.rewind?.(event)
    })
  }

  #stopIfIdle(): void {
    if (this.#onQueued.size + this.#kept.size > 0) return
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  #find(id: string): Kept {
    const kept = this.#kept.get(id)
    if (kept === undefined) throw filterNotFound()
    return kept
  }
}

function filterNotFound(): Error {
  return nodeError('filter not found')
}

/** Hashes of sealed blocks. */
export function blockFilter(view: ChainView, limits: RpcLimits): Filter {
  let next = view.sealedNumber + 1n
  return {
    logs: undefined,
    changes: () => {
      const hashes: string[] = []
      for (; next <= view.sealedNumber && hashes.length < limits.maxFilterChanges; next++) {
        const hash = view.getBlock({ number: next })?.hash
        if (hash !== undefined) hashes.push(hexData(hash))
      }
      return hashes
    },
    rewind: ({ to }) => {
      if (next > to + 1n) next = to + 1n
    },
  }
}
