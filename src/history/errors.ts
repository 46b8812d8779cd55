/** A block that does not follow the history's head. */
export class HistoryOrderError extends Error {
  override readonly name = 'HistoryOrderError'
  readonly recovery = 'stop'
  readonly code: 'GAP' | 'OTHER_HASH'

  constructor(code: 'GAP' | 'OTHER_HASH', number: bigint, expected: string, received: string) {
    super(
      `Block ${number} does not fit the history (${code}).\n  expected: ${expected}   received: ${received}\n` +
        '  next: delete the history folder; it is built again from the log.',
    )
    this.code = code
  }
}

/** The folder holds the history of another chain or of another format. */
export class HistoryMismatchError extends Error {
  override readonly name = 'HistoryMismatchError'
  readonly recovery = 'stop'

  constructor(what: string, folder: string, found: string, expected: string) {
    super(
      `The history has another ${what}.\n  folder: ${folder}   found: ${found}   expected: ${expected}\n` +
        '  next: give another data folder, or delete this one if its chain is not needed; the log rebuilds it.',
    )
  }
}

/** The database refused a commit. */
export class HistoryWriteError extends Error {
  override readonly name = 'HistoryWriteError'
  readonly recovery = 'stop'

  constructor(folder: string, cause: unknown) {
    super(
      `The history can't be written: ${cause instanceof Error ? cause.message : String(cause)}.\n` +
        `  folder: ${folder}\n  next: make room on the disk, then start again; what is missing comes from the log.`,
      { cause },
    )
  }
}

/** A stored value can't be read. */
export class HistoryCorruptError extends Error {
  override readonly name = 'HistoryCorruptError'
  readonly recovery = 'stop'

  constructor(folder: string, number: bigint) {
    super(
      `The history is damaged at block ${number}.\n  folder: ${folder}\n` +
        '  next: delete the history folder; it is built again from the log.',
    )
  }
}
