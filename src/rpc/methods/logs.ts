import { blockNumberOf } from '../blockSelection.ts'
import type { ChainView } from '../ChainView.ts'
import { ERROR_CODES, invalidParams, nodeError, RpcError, responseTooLarge } from '../errors.ts'
import { hexData, hexQuantity } from '../format.ts'
import { LogPage } from '../LogPage.ts'
import type { LongText } from '../LongText.ts'
import { checkFilterSize, type LogFilter, parseLogFilter } from '../logFilter.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { isObject, ParamError, type Parser } from '../params.ts'
import type { RawJson } from '../RawJson.ts'
import { addRemoteLogs } from '../remoteLogs.ts'
import { type LogPosition, rangeOfBlocks, searchBlock, searchLogs } from '../searchLogs.ts'
import { smaller } from '../smaller.ts'

/** Logs of executed transactions. */
export const LOG_METHODS: Record<string, Method> = {
  eth_getLogs: method([required('filter', parseLogFilter)], answerLogs),
  eth_getLogsWithCursor: method([required('filter', parsePagedFilter())], async (context, filter) => {
    const page = new LogPage(context.limits)
    const rest = await fill(context, filter, page)
    const cursor = rest === undefined ? '' : `,"cursor":"${encodeCursor(rest)}"`
    return page.json('{"logs":', `${cursor}}`)
  }),
}

/** All logs of a filter, or none. */
export async function answerLogs(context: RpcContext, filter: LogFilter): Promise<RawJson | LongText> {
  const page = new LogPage(context.limits)
  const rest = await fill(context, filter, page)
  if (rest !== undefined) throw tooMuch(context, page)
  return page.json()
}

type PagedFilter = LogFilter & { cursor?: LogPosition }

/** Puts the logs of a filter on a page; gives where the next page begins, undefined if this one has all. */
async function fill(
  context: RpcContext,
  filter: PagedFilter,
  page: LogPage,
): Promise<LogPosition | undefined> {
  const { view, limits } = context
  checkFilterSize(filter, limits)
  if (filter.blockHash !== undefined) {
    const { blockHash: hash, cursor } = filter
    const number = await remoteNumberOf(view, hash)
    if (number !== undefined) return await fillRemote(context, filter, { from: number, to: number }, page)
    const rest = searchBlock(context, filter, { hash, from: cursor, page })
    if (rest === 'unknown') throw nodeError('unknown block')
    return rest
  }
  const { from, to } = blockRange(context, filter)
  const { cursor } = filter
  if (cursor !== undefined && (cursor.block < from || cursor.block > to))
    throw invalidParams('the cursor is of another query')
  const last = view.remote?.blockNumber ?? -1n
  if (from > last) return await fillLocal(context, filter, { from, to }, page)
  const rest = await fillRemote(context, filter, { from, to: smaller(last, to) }, page)
  return rest ?? (to > last ? await fillLocal(context, filter, { from: last + 1n, to }, page) : undefined)
}

type BlockRange = { from: bigint; to: bigint }

async function fillLocal(
  context: RpcContext,
  filter: PagedFilter,
  { from, to }: BlockRange,
  page: LogPage,
): Promise<LogPosition | undefined> {
  const range = rangeOfBlocks(from, to)
  const { cursor } = filter
  return await searchLogs(
    context,
    filter,
    cursor === undefined || cursor.block < from ? range : { ...range, from: cursor },
    page,
  )
}

async function fillRemote(
  { view }: RpcContext,
  filter: PagedFilter,
  range: BlockRange,
  page: LogPage,
): Promise<LogPosition | undefined> {
  return view.remote && (await addRemoteLogs(view.remote, filter, { ...range, cursor: filter.cursor }, page))
}

/** Number of a block of before the fork; undefined of one that isn't. */
async function remoteNumberOf(view: ChainView, hash: Uint8Array): Promise<bigint | undefined> {
  const { remote } = view
  if (remote === undefined) return undefined
  const known = view.getBlock({ hash })?.number
  if (known !== undefined) return known <= remote.blockNumber ? known : undefined
  const block = JSON.parse(await remote.request('eth_getBlockByHash', [hexData(hash), false]))
  return block === null || BigInt(block.number) > remote.blockNumber ? undefined : BigInt(block.number)
}

function blockRange({ view, limits }: RpcContext, filter: LogFilter): BlockRange {
  const from = blockNumberOf(view, filter.fromBlock ?? 'latest')
  const to = blockNumberOf(view, filter.toBlock ?? 'latest')
  if (from > to) throw invalidParams('invalid block range params')
  if (from < view.firstNumber && view.remote === undefined)
    throw nodeError(`blocks before ${view.firstNumber} are not kept`)
  if (to > view.headNumber) throw invalidParams('block range extends beyond current head block')
  if (to - from >= limits.maxLogsBlockRange) {
    throw new RpcError(
      ERROR_CODES.limitExceeded,
      `block range is too large: ${to - from + 1n} blocks (max ${limits.maxLogsBlockRange})`,
    )
  }
  return { from, to }
}

function tooMuch({ limits }: RpcContext, page: LogPage): RpcError {
  if (page.isFull === 'characters') return responseTooLarge()
  return new RpcError(
    ERROR_CODES.limitExceeded,
    `query returned more than ${limits.maxLogsResults} results: ask for fewer blocks or a narrower filter`,
  )
}

/** A filter that may have a cursor besides (MegaETH's eth_getLogsWithCursor). */
function parsePagedFilter(): Parser<PagedFilter> {
  return (value) => {
    const filter = parseLogFilter(value)
    const cursor = isObject(value) ? value.cursor : undefined
    return cursor == null ? filter : { ...filter, cursor: decodeCursor(cursor) }
  }
}

/** Block and log from which the next page goes on; opaque to clients. */
function encodeCursor({ block, logIndex }: LogPosition): string {
  return `${hexQuantity(block)}-${logIndex.toString(16)}`
}

function decodeCursor(text: unknown): LogPosition {
  const [, block, logIndex] = /^(0x[0-9a-f]{1,16})-([0-9a-f]{1,8})$/.exec(String(text)) ?? []
  if (block === undefined || logIndex === undefined) throw new ParamError('invalid cursor')
  return { block: BigInt(block), logIndex: Number.parseInt(logIndex, 16) }
}
