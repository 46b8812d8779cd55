import type { SharedText } from './SharedText.ts'

/** What a transport that can send at any time does for a connection. */
export type Outlet = {
  /** Sends a message that answers no request. */
  send: (text: string) => void
  /** The same of two parts, of which several connections may be given the second. */
  sendParts: (first: string, rest: SharedText) => void
  /** Whether so much waits for the reader that a replay should wait, too. */
  readonly isBehind: boolean
  /** Resolves when that is over, or the connection. */
  caughtUp: () => Promise<void>
  /** Ends the connection; its client is told why, and where its subscriptions may be resumed. */
  drop: (kind: DropKind, reason: string) => void
}

/** Where a subscription goes on: with the notification of an index within a mini-block. */
export type ResumePoint = { miniBlock: bigint; index: number }

/** A subscription, as its connection sees it. */
export type Subscribed = {
  end: () => void
  /** After all that was sent; undefined if it can't be resumed. */
  resumePoint: () => ResumePoint | undefined
}

/**
 * One client's connection, as the JSON-RPC core sees it: whether it can be sent to, and its subscriptions.
 * The transport creates it, and closes it when the client is gone.
 */
export class Connection {
  /** Undefined where the transport can only answer (http). */
  readonly outlet: Outlet | undefined
  /** By id. */
  readonly subscriptions: Map<string, Subscribed> = new Map()
  #closed = false

  constructor(outlet?: Outlet) {
    this.outlet = outlet
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Ends all subscriptions; nothing is sent any more. */
  close(): void {
    this.#closed = true
    for (const { end } of this.subscriptions.values()) end()
    this.subscriptions.clear()
  }
}

/** Why a reader was dropped: its buffer was full, it read nothing, or what it wants to hear again could not be read. */
export type DropKind = 'full' | 'stalled' | 'replay'
