/**
 * A connection that carries bytes in order in both directions: a TCP or TLS socket, a stream of libp2p, binary messages of
 * a WebSocket one behind the other. Where they are cut into pieces says nothing.
 */
export type FeedDuplex = {
  /** Bytes as they come, in memory that is not written again; asked for one after another. Ends, or throws, with the connection. */
  readonly incoming: AsyncIterable<Uint8Array>
  /** Sends bytes; called again only once it has resolved, which it does when there is room for more. Rejects when it is closed. */
  write(bytes: Uint8Array): Promise<void> | void
  /** Ends both directions at once; `incoming` ends. */
  close(): void
}
