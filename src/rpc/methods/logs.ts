import { blockNumberOf } from '../blockSelection.ts'
import { ERROR_CODES, invalidParams, nodeError, RpcError } from '../errors.ts'
import { bloomMayMatch, filterTooLarge, type LogFilter, parseLogFilter } from '../logFilter.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { collectLogs, type LogJson } from '../shapes/index.ts'
import { smaller } from '../smaller.ts'

/** Logs of executed transactions. */
export const LOG_METHODS: Record<string, Method> = {
  eth_getLogs: method([required('filter', parseLogFilter)], getLogs),
}

/** After so many blocks of a scan other requests get their turn. */
const BLOCKS_PER_TURN = 256n

async function getLogs(context: RpcContext, filter: LogFilter): Promise<LogJson[]> {
  const { view, limits } = context
  const tooLarge = filterTooLarge(filter, limits)
  if (tooLarge !== undefined) throw invalidParams(tooLarge)
  const found: LogJson[] = []
  if (filter.blockHash !== undefined) {
    const block = view.getBlock({ hash: filter.blockHash })
    if (block === undefined) throw nodeError('unknown block')
    collectLogs(block, filter, { first: 0, end: block.transactions.length }, found)
    return found
  }
  const { from, to } = blockRange(context, filter)
  const mayMatch = (bloom: Uint8Array): boolean => bloomMayMatch(bloom, filter)
  for (let start = from; start <= to; start += BLOCKS_PER_TURN) {
    const last = start + BLOCKS_PER_TURN - 1n
    for (const block of view.scanBlocks(start, smaller(last, to), mayMatch)) {
      collectLogs(block, filter, { first: 0, end: block.transactions.length }, found)
      if (found.length > limits.maxLogsResults) throw tooManyLogs(limits.maxLogsResults)
    }
    if (last < to) await new Promise((resolve) => setImmediate(resolve))
  }
  return found
}

function blockRange({ view, limits }: RpcContext, filter: LogFilter): { from: bigint; to: bigint } {
  const from = blockNumberOf(view, filter.fromBlock ?? 'latest')
  const requestedTo = blockNumberOf(view, filter.toBlock ?? 'latest')
  if (from > requestedTo) throw invalidParams('invalid block range params')
  // Blocks after the head hold nothing yet.
  const to = smaller(requestedTo, view.headNumber)
  if (to - from >= limits.maxLogsBlockRange) {
    throw new RpcError(
      ERROR_CODES.limitExceeded,
      `block range is too large: ${to - from + 1n} blocks (max ${limits.maxLogsBlockRange})`,
    )
  }
  return { from, to }
}

function tooManyLogs(max: number): RpcError {
  return new RpcError(
    ERROR_CODES.limitExceeded,
    `query returned more than ${max} results: ask for fewer blocks or a narrower filter`,
  )
}
