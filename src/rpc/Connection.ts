/**
 * One client's connection, as the JSON-RPC core sees it: whether it can be sent to, and its subscriptions.
 * The transport creates it, and closes it when the client is gone.
 */
export class Connection {
  /** Sends a message that answers no request; undefined where the transport can't (http). */
  readonly send: ((text: string) => void) | undefined
  /** By subscription id; ends when the callback is called. */
  readonly subscriptions: Map<string, () => void> = new Map()
  #closed = false

  constructor(send?: (text: string) => void) {
    this.send = send
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Ends all subscriptions; nothing is sent any more. */
  close(): void {
    this.#closed = true
    for (const end of this.subscriptions.values()) end()
    this.subscriptions.clear()
  }
}
