import { hexData } from './format.ts'
import {
  type BlockTag,
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseAddress,
  parseBlockNumber,
  parseList,
  wholeNumber,
} from './params.ts'

/** Which traces trace_filter gives. */
export type TraceFilter = {
  from: BlockTag | { number: bigint }
  to: BlockTag | { number: bigint }
  /** In hex; empty: any. */
  fromAddresses: ReadonlySet<string>
  toAddresses: ReadonlySet<string>
  /** Either suffices where both are given. */
  isUnion: boolean
  /** Traces that are passed over, and then given. */
  after: number
  count: number
}

export const parseTraceFilter: Parser<TraceFilter> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'TraceFilterRequest')
  const { fromBlock, toBlock, fromAddress, toAddress, mode, after, count } = value
  if (mode != null && mode !== 'union' && mode !== 'intersection')
    throw new ParamError('mode must be union or intersection')
  return {
    from: fromBlock == null ? 'earliest' : parseBlockNumber(fromBlock, '.fromBlock'),
    to: toBlock == null ? 'latest' : parseBlockNumber(toBlock, '.toBlock'),
    fromAddresses: addresses(fromAddress, '.fromAddress'),
    toAddresses: addresses(toAddress, '.toAddress'),
    isUnion: mode === 'union',
    after: after == null ? 0 : parseNumber(after, '.after'),
    count: count == null ? Number.POSITIVE_INFINITY : parseNumber(count, '.count'),
  }
}

function addresses(value: unknown, field: string): ReadonlySet<string> {
  if (value == null) return new Set()
  return new Set(parseList(value, parseAddress, '[]common.Address', field).map(hexData))
}

const parseNumber = wholeNumber('uint64')

/** A trace with its place, as far as a filter looks at it. */
export type PlacedTrace = {
  action: { from?: string; to?: string; address?: string; refundAddress?: string }
  result: { address?: string } | null
}

export function matchesFilter({ action, result }: PlacedTrace, filter: TraceFilter): boolean {
  const { fromAddresses, toAddresses, isUnion } = filter
  const from = action.from ?? action.address ?? ''
  const to = action.to ?? action.refundAddress ?? result?.address ?? ''
  if (fromAddresses.size === 0) return toAddresses.size === 0 || toAddresses.has(to)
  if (toAddresses.size === 0) return fromAddresses.has(from)
  return isUnion
    ? fromAddresses.has(from) || toAddresses.has(to)
    : fromAddresses.has(from) && toAddresses.has(to)
}
