/**
 * The sequencer has signed what can't be, by a follower that does not only believe. No source is to blame, and none has it
 * otherwise: the following ends.
 */
export class RefutedError extends Error {
  override readonly name = 'RefutedError'
  readonly recovery = 'stop'
  readonly code: string

  /** @param cause - what was found. */
  constructor(cause: Error & { code: string }) {
    super(cause.message, { cause })
    this.code = cause.code
  }
}
