import { bytesToHex } from '../lib/index.ts'
import type { Difference } from './Difference.ts'

/** Longest value that a message tells whole, in characters. */
const LONGEST_VALUE = 160

/** A record can't be trusted: whoever wrote it has executed otherwise, or not at all. */
export class ExecutionDifferenceError extends Error {
  override readonly name = 'ExecutionDifferenceError'
  readonly recovery = 'stop'
  readonly code = 'EXECUTION_DIFFERENCE'
  readonly difference: Difference

  constructor(difference: Difference) {
    const { field, ours, theirs } = difference
    super(
      `Execution does not lead to what the sequencer has signed: ${field} (EXECUTION_DIFFERENCE).\n` +
        `${placeOf(difference)}\n  executed here: ${shortened(ours)}\n  in the record: ${shortened(theirs)}\n` +
        '  next: nothing of it was applied. The signed entry is kept as evidence; ask whoever runs the sequencer. Once its ' +
        'chain is right again, start again; where it went back further than this, once with --rollback.',
    )
    this.difference = difference
  }
}

function placeOf({ blockNumber, miniBlockNumber, transaction }: Difference): string {
  const miniBlock = miniBlockNumber === undefined ? '' : `   mini-block: ${miniBlockNumber}`
  const place =
    transaction === undefined
      ? ''
      : `\n  transaction: ${transaction.index}   hash: ${bytesToHex(transaction.hash)}`
  return `  block: ${blockNumber}${miniBlock}${place}`
}

function shortened(value: string): string {
  if (value.length <= LONGEST_VALUE) return value
  return `${value.slice(0, LONGEST_VALUE)}… (${value.length} characters)`
}
