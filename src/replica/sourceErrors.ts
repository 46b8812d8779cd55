/** A source has another chain, or entries of another sequencer. */
export class ForeignSourceError extends Error {
  override readonly name = 'ForeignSourceError'
  readonly code: 'WRONG_GENESIS' | 'WRONG_SIGNER'

  constructor(code: ForeignSourceError['code'], expected: string, received: string) {
    const what =
      code === 'WRONG_GENESIS' ? 'another chain (its genesis hash)' : 'another sequencer (its address)'
    super(
      `The source has ${what} (${code}).\n  expected: ${expected}   received: ${received}\n` +
        '  next: compare the addresses of the sources, and the folder with the chain that is meant.',
    )
    this.code = code
  }
}

/** A source gives nothing more, though others have more. */
export class WithheldError extends Error {
  override readonly name = 'WithheldError'
  readonly code = 'WITHHELD'

  constructor(nextRecord: bigint, elsewhere: bigint) {
    super(
      `The source holds back what others have (WITHHELD).\n  its next record: ${nextRecord}   elsewhere: ${elsewhere}\n` +
        '  next: another source is followed.',
    )
  }
}
