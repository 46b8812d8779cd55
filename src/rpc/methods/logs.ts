import { blockNumberOf } from '../blockSelection.ts'
import { ERROR_CODES, invalidParams, nodeError, RpcError } from '../errors.ts'
import { filterTooLarge, type LogFilter, parseLogFilter } from '../logFilter.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { collectLogs, type LogJson, partOfBlock } from '../shapes/index.ts'

/** Logs of executed transactions. */
export const LOG_METHODS: Record<string, Method> = {
  eth_getLogs: method([required('filter', parseLogFilter)], getLogs),
}

/** After so many steps of a search other requests get their turn. */
const STEPS_PER_TURN = 16

async function getLogs(context: RpcContext, filter: LogFilter): Promise<LogJson[]> {
  const { view, limits } = context
  const tooLarge = filterTooLarge(filter, limits)
  if (tooLarge !== undefined) throw invalidParams(tooLarge)
  const found: LogJson[] = []
  if (filter.blockHash !== undefined) {
    const block = view.getBlock({ hash: filter.blockHash })
    if (block === undefined) throw nodeError('unknown block')
    collectLogs(partOfBlock(block, { first: 0, end: block.transactions.length }), filter, found)
    return found
  }
  const { from, to } = blockRange(context, filter)
  let steps = 0
  for (const part of view.findLogs(filter, from, to)) {
    if (part !== undefined) collectLogs(part, filter, found)
    if (found.length > limits.maxLogsResults) throw tooManyLogs(limits.maxLogsResults)
    if (++steps % STEPS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return found
}

function blockRange({ view, limits }: RpcContext, filter: LogFilter): { from: bigint; to: bigint } {
  const from = blockNumberOf(view, filter.fromBlock ?? 'latest')
  const to = blockNumberOf(view, filter.toBlock ?? 'latest')
  if (from > to) throw invalidParams('invalid block range params')
  if (from < view.firstNumber) throw nodeError(`blocks before ${view.firstNumber} are not kept`)
  if (to > view.headNumber) throw invalidParams('block range extends beyond current head block')
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
