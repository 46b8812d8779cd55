import type { LogQuery } from '../LogQuery.ts'
import { matchesQuery } from '../logFilter.ts'
import type { ViewBlock, ViewBlockPart } from '../ViewBlock.ts'
import { decodeOwnReceipt, totalsOf } from './executed.ts'
import { type LogJson, logJson, placeOf } from './log.ts'

/** Appends the matching logs of a part of a block, in order. */
export function collectLogs(part: ViewBlockPart, query: LogQuery, found: LogJson[]): void {
  let logIndex = part.logsBefore
  let index = part.firstIndex
  for (const transaction of part.transactions) {
    for (const log of decodeOwnReceipt(transaction.receipt).logs) {
      if (matchesQuery(log, query)) {
        found.push(logJson(log, placeOf(part, transaction, index), logIndex))
      }
      logIndex++
    }
    index++
  }
}

/** Transactions `first` to `end` (exclusive) of a block. */
export function partOfBlock(block: ViewBlock, { first, end }: { first: number; end: number }): ViewBlockPart {
  return {
    number: block.number,
    hash: block.hash,
    timestamp: block.timestamp,
    firstIndex: first,
    logsBefore: first === 0 ? 0 : totalsOf(block, first - 1).logsAfter,
    transactions: block.transactions.slice(first, end),
  }
}
