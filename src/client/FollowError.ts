/** What a follower can find wrong; see docs/client.md. */
export type FollowErrorCode =
  // The node can't be followed.
  | 'UNREACHABLE'
  | 'NO_FEED'
  // Another chain, or another sequencer, than the one that was followed or asked for.
  | 'WRONG_CHAIN'
  | 'WRONG_SIGNER'
  // Entries that don't follow from the stream before them.
  | 'WRONG_SIGNATURE'
  | 'OLD_EPOCH'
  | 'KNOWN_RECORD'
  | 'GAP'
  | 'PARENT_DIGEST'
  | 'MINI_BLOCK_NUMBER'
  // What is in them.
  | 'MALFORMED'
  | 'RECORD_ORDER'
  | 'TRANSACTION_HASH'
  // Headers that are not of the blocks that were shown.
  | 'PARENT_HASH'
  | 'HEADER_FIELD'
  | 'TRANSACTIONS_ROOT'
  | 'RECEIPTS_ROOT'
  | 'LOGS_BLOOM'
  // What the node answers of the state.
  | 'NO_HEADER'
  | 'STATE_PROOF'

/** What was shown doesn't hold, or can't be had. */
export class FollowError extends Error {
  override readonly name = 'FollowError'
  readonly code: FollowErrorCode

  constructor(code: FollowErrorCode, what: string, options?: ErrorOptions) {
    super(`${what} (${code}).\n  next: ${NEXT[code] ?? DISTRUST}`, options)
    this.code = code
  }
}

const DISTRUST = 'follow another node; if it shows the same, ask who runs the sequencer.'

const NEXT: Partial<Record<FollowErrorCode, string>> = {
  UNREACHABLE: "check the node's address.",
  NO_FEED: 'follow a node that has the feed: one that publishes it, or a replica.',
  WRONG_CHAIN: "compare the node's genesis with the one expected.",
  NO_HEADER: "wait for the first 'block'.",
}
