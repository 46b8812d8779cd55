import { blockNumberOf } from './blockSelection.ts'
import type { ChainView } from './ChainView.ts'
import { invalidParams } from './errors.ts'
import type { Filter } from './Filters.ts'
import { LogPage } from './LogPage.ts'
import type { RpcLimits } from './limits.ts'
import type { LogFilter } from './logFilter.ts'
import { headPosition, type LogPosition, rangeOfBlocks, searchLogs } from './searchLogs.ts'

/**
 * Logs as their transactions are executed, from now on and within the filter's blocks. What does not go into one answer
 * comes with the next.
 *
 * @throws RpcError -32602 for a range of blocks that can't come any more or goes backwards.
 */
export function logFilter(view: ChainView, limits: RpcLimits, logs: LogFilter): Filter {
  const { first, last } = blocksOf(view, logs)
  let next = later(headPosition(view), { block: first, logIndex: 0 })
  const changes = async () => {
    const page = new LogPage(limits)
    const behind = last === undefined ? undefined : rangeOfBlocks(first, last).end
    const head = headPosition(view)
    const end = behind === undefined || isBefore(head, behind) ? head : behind
    if (isBefore(next, end)) next = (await searchLogs(view, logs, { from: next, end }, page)) ?? end
    return page.json()
  }
  return { logs, changes }
}

/** `last` undefined: all that come. */
function blocksOf(
  view: ChainView,
  { fromBlock, toBlock }: LogFilter,
): { first: bigint; last: bigint | undefined } {
  const isOpen = toBlock === undefined || toBlock === 'latest' || toBlock === 'pending'
  const isFromNow = fromBlock === undefined || fromBlock === 'latest' || fromBlock === 'pending'
  const first = isFromNow ? 0n : blockNumberOf(view, fromBlock)
  if (isOpen) return { first, last: undefined }
  const last = blockNumberOf(view, toBlock)
  if (isFromNow || last < first) throw invalidParams('invalid block range params')
  return { first, last }
}

function isBefore(a: LogPosition, b: LogPosition): boolean {
  return a.block === b.block ? a.logIndex < b.logIndex : a.block < b.block
}

function later(a: LogPosition, b: LogPosition): LogPosition {
  return isBefore(a, b) ? b : a
}
