import type { Evidence } from '../feed/index.ts'

/**
 * A source has given an entry that is not what it should be: no entry, not signed by the sequencer, not behind the one
 * before, or with records that do not follow. Nothing of it was kept.
 */
export class BadEntryError extends Error {
  override readonly name = 'BadEntryError'
  readonly recovery = 'reset'
  /** That of what was found: FeedEntryError's, EntryChainError's, BodyError's, LogOrderError's, or another's. */
  readonly code: string

  /** @param firstRecord - of the entry; undefined: it could not be read. */
  constructor(cause: unknown, firstRecord: bigint | undefined) {
    const place = firstRecord === undefined ? '' : `\n  entry: the one from record ${firstRecord} on`
    super(`A source sent an entry that can't be right. ${reasonOf(cause)}${place}`, { cause })
    this.code = codeOf(cause)
  }
}

export type EntryMismatchCode =
  /** It ends with a record behind which none ends. */
  | 'ENTRY_END'
  /** Its newest mini-block is another than it says. */
  | 'MINI_BLOCK_NUMBER'
  /** It begins before the log's end and ends behind it. */
  | 'STRADDLES'

/** An entry whose place or content is not what it says. */
export class EntryMismatchError extends Error {
  override readonly name = 'EntryMismatchError'
  readonly code: EntryMismatchCode

  constructor(code: EntryMismatchCode, expected: unknown, received: unknown) {
    super(
      `An entry does not hold what it says (${code}).\n  expected: ${expected}   received: ${received}\n` +
        '  next: take it from another source; if all send the same, their version is another.',
    )
    this.code = code
  }
}

/** The sequencer has signed two entries for one place: it lies to somebody. */
export class EquivocationError extends Error {
  override readonly name = 'EquivocationError'
  readonly code = 'EQUIVOCATION'
  readonly evidence: Evidence

  constructor(firstRecord: bigint, evidence: Evidence) {
    super(
      `The sequencer has signed two different entries from record ${firstRecord} on (EQUIVOCATION).\n` +
        '  next: both are kept as evidence; whoever follows this chain must decide which of them it is.',
    )
    this.evidence = evidence
  }
}

function codeOf(cause: unknown): string {
  const { code } = (cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : 'BAD_RECORD'
}

/** What comes next is up to the follower. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.split('\n  next: ', 1)[0]! : String(cause)
}
