import { blockNumberOf } from './blockSelection.ts'
import type { ChainView, RewindEvent } from './ChainView.ts'
import { invalidParams } from './errors.ts'
import type { Filter } from './Filters.ts'
import { LogPage } from './LogPage.ts'
import type { RpcLimits } from './limits.ts'
import type { LogFilter } from './logFilter.ts'
import { droppedLogs } from './notifications.ts'
import { headPosition, type LogPosition, rangeOfBlocks, searchLogs } from './searchLogs.ts'
import type { LogJson } from './shapes/index.ts'

/**
 * Logs as their transactions are executed, from now on and within the filter's blocks. What does not go into one answer
 * comes with the next. What a rewind takes back of what was told comes first.
 *
 * @throws RpcError -32602 for a range of blocks that can't come any more or goes backwards.
 */
export function logFilter(view: ChainView, limits: RpcLimits, logs: LogFilter): Filter {
  const { first, last } = blocksOf(view, logs)
  let next = later(headPosition(view), { block: first, logIndex: 0 })
  let toldFrom = next
  /** Told before, and not valid any more. */
  let takenBack: LogJson[] = []
  const changes = async () => {
    const page = new LogPage(limits)
    takenBack = takenBack.filter((log) => !page.add(JSON.stringify(log)))
    const behind = last === undefined ? undefined : rangeOfBlocks(first, last).end
    const head = headPosition(view)
    const end = behind === undefined || isBefore(head, behind) ? head : behind
    if (isBefore(next, end)) next = (await searchLogs({ view }, logs, { from: next, end }, page)) ?? end
    return page.json()
  }
  const rewind = (event: RewindEvent): void => {
    const start = { block: event.to + 1n, logIndex: 0 }
    if (!isBefore(start, next)) return
    const room = limits.maxLogsResults - takenBack.length
    for (const log of droppedLogs(event, logs, room)) {
      const at = positionOf(log)
      if (!isBefore(at, toldFrom) && isBefore(at, next)) takenBack.push(log)
    }
    next = start
    if (isBefore(start, toldFrom)) toldFrom = start
  }
  return { logs, changes, rewind }
}

function positionOf({ blockNumber, logIndex }: LogJson): LogPosition {
  return { block: BigInt(blockNumber), logIndex: Number(logIndex) }
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
