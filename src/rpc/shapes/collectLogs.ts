import type { ViewBlock } from '../ChainView.ts'
import { type LogFilter, matchesFilter } from '../logFilter.ts'
import { decodeOwnReceipt, totalsOf } from './executed.ts'
import { type LogJson, logJson, placeOf } from './log.ts'

/** Appends the matching logs of some of a block's transactions, in order. */
export function collectLogs(
  block: ViewBlock,
  filter: LogFilter,
  range: { first: number; end: number },
  found: LogJson[],
): void {
  for (let index = range.first; index < range.end; index++) {
    const transaction = block.transactions[index]!
    const { logs } = decodeOwnReceipt(transaction.receipt)
    for (let i = 0; i < logs.length; i++) {
      if (!matchesFilter(logs[i]!, filter)) continue
      const place = placeOf(block, transaction, index)
      found.push(logJson(logs[i]!, place, totalsOf(block, index).logsBefore + i))
    }
  }
}
