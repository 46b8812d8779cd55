import type { HeaderMismatchError } from '../sequencer/index.ts'

/** The sequencer has signed a header that does not follow from what it has signed before; a follower has shown that for up to a block. */
export class SignedHeaderError extends Error {
  override readonly name = 'SignedHeaderError'
  readonly recovery = 'stop'

  constructor(cause: HeaderMismatchError) {
    super(
      `The sequencer has signed a wrong header. ${cause.message.split('\n  next: ', 1)[0]}\n` +
        '  next: ask whoever runs the sequencer. Once its chain is right again, start once with --rollback: what came after ' +
        'the newest snapshot here is given up, and followed again; nothing is fetched anew.',
      { cause },
    )
  }
}
