export type BodyErrorCode =
  /** A version that this program doesn't know. */
  | 'VERSION'
  /** What should be compressed can't be read. */
  | 'COMPRESSION'
  /** A column ends early. */
  | 'TRUNCATED'
  /** Bytes that nothing takes. */
  | 'TRAILING_BYTES'
  /** A number that has no meaning where it stands. */
  | 'VALUE'
  /** An entry of the dictionary that isn't there. */
  | 'REFERENCE'
  /** More than a named limit allows. */
  | 'LIMIT'
  /** A record that the log can't have, or not so many as the entry says. */
  | 'RECORD'

/** A body that its entry can't have. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly code: BodyErrorCode

  constructor(code: BodyErrorCode, what: string) {
    super(
      `The body of an entry can't be read (${code}): ${what}.\n  next: take the entry from another source; if all send the same, their version is another.`,
    )
    this.code = code
  }
}
