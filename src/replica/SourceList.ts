import type { FeedSource } from '../feed/index.ts'
import { BadEntryError } from './BadEntryError.ts'
import { ForeignSourceError, WithheldError } from './sourceErrors.ts'

/** Of a source that could not be reached or broke off: doubled each time up to the limit, and back once it gives something. */
const RETRY_MS = 100
const RETRY_LIMIT_MS = 10_000
/** Of a source that gave what can't be right. */
const SET_ASIDE_MS = 60_000
/** More are not taken in. */
const SOURCE_LIMIT = 16
/** Where none is there, or all must wait long: new ones may have come. */
const LOOK_LIMIT_MS = 500
/** Of what is told of a failure, characters: a source may have said it. */
const REASON_LIMIT = 512

/** Whoever may have the entries, by name: a URL without secrets. */
export type NamedSource = {
  name: string
  open(signal: AbortSignal): Promise<FeedSource>
  /** It was found in the open network. */
  isPeer?: boolean
}

export type SourceStatus = {
  name: string
  /** `setAside`: it gave what can't be right; it is asked again after a minute. */
  state: 'following' | 'idle' | 'waiting' | 'setAside'
  /** Of the last failure: its code, if it has one, and what it says, on one line. */
  code: string | undefined
  reason: string | undefined
}

type Entry = { source: NamedSource; status: SourceStatus; retryMs: number; askAgainMs: number }

/** The sources of a follower, which of them is asked next, and what is known against them. */
export class SourceList {
  readonly #entries: Entry[]

  constructor(sources: readonly NamedSource[]) {
    this.#entries = sources.map(entryOf)
  }

  /** One more, asked after all others; one that is there by this name stays. */
  add(source: NamedSource): void {
    if (this.#entries.some((entry) => entry.source.name === source.name)) return
    if (this.#entries.length < SOURCE_LIMIT) this.#entries.push(entryOf(source))
  }

  /** One that is being followed may be asked until it fails; then it is gone, too. */
  remove(name: string): void {
    const index = this.#entries.findIndex((entry) => entry.source.name === name)
    if (index !== -1) this.#entries.splice(index, 1)
  }

  get statuses(): readonly SourceStatus[] {
    return this.#entries.map(({ status }) => status)
  }

  /** Each of them has said when it was asked last that it no longer has what is needed. */
  get arePruned(): boolean {
    return this.#entries.every(({ status }) => status.code === 'PRUNED')
  }

  /** The first that may be asked; else how long until one may. */
  next(nowMs: number): NamedSource | { waitMs: number } {
    const due = this.#entries.find(({ askAgainMs }) => askAgainMs <= nowMs)
    if (due !== undefined) return due.source
    return { waitMs: Math.min(LOOK_LIMIT_MS, ...this.#entries.map(({ askAgainMs }) => askAgainMs - nowMs)) }
  }

  /** All but one, for a look at what they have. */
  others(source: NamedSource): NamedSource[] {
    return this.#entries.filter((entry) => entry.source !== source).map((entry) => entry.source)
  }

  following(source: NamedSource): SourceStatus {
    const { status } = this.#of(source)
    status.state = 'following'
    return status
  }

  /** It has given something good. */
  gave(source: NamedSource): void {
    this.#of(source).retryMs = RETRY_MS
  }

  /** It is asked again after a while, which is longer where it is to blame. */
  failed(source: NamedSource, error: Error, nowMs: number): SourceStatus {
    const entry = this.#of(source)
    const isBad = error instanceof BadEntryError || error instanceof ForeignSourceError
    entry.askAgainMs = nowMs + (isBad ? SET_ASIDE_MS : entry.retryMs)
    if (!isBad) entry.retryMs = Math.min(2 * entry.retryMs, RETRY_LIMIT_MS)
    entry.status.state = isBad ? 'setAside' : 'waiting'
    entry.status.code = (error as { code?: string }).code
    entry.status.reason = reasonOf(error)
    if (error instanceof WithheldError) this.#putLast(entry)
    return entry.status
  }

  /** Nobody knows which of the others had more: each has its turn before this one. */
  #putLast(entry: Entry): void {
    const index = this.#entries.indexOf(entry)
    if (index === -1) return
    this.#entries.splice(index, 1)
    this.#entries.push(entry)
  }

  /** One that was removed meanwhile has a status for the last time. */
  #of(source: NamedSource): Entry {
    return this.#entries.find((entry) => entry.source === source) ?? entryOf(source)
  }
}

/** With the values that differ; not what to do next, which is up to the follower. */
function reasonOf({ message }: Error): string {
  const [what] = message.split('\n  next: ', 1)
  return what!.replace(/\s+/g, ' ').slice(0, REASON_LIMIT)
}

function entryOf(source: NamedSource): Entry {
  return {
    source,
    status: { name: source.name, state: 'idle', code: undefined, reason: undefined },
    ...{ retryMs: RETRY_MS, askAgainMs: Number.NEGATIVE_INFINITY },
  }
}
