import { equalBytes } from '../lib/index.ts'
import type { Log } from '../protocol/index.ts'
import { invalidParams } from './errors.ts'
import type { LogQuery } from './LogQuery.ts'
import type { RpcLimits } from './limits.ts'
import {
  type BlockTag,
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseAddress,
  parseBlockNumber,
  parseHash,
} from './params.ts'

/** Which logs of which blocks. */
export type LogFilter = LogQuery & {
  fromBlock: BlockTag | { number: bigint } | undefined
  toBlock: BlockTag | { number: bigint } | undefined
  blockHash: Uint8Array | undefined
}

/** LOG0 to LOG4. */
const MAX_TOPIC_POSITIONS = 4

/** A filter object (go-ethereum, filters.FilterCriteria). */
export const parseLogFilter: Parser<LogFilter> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'filters.input')
  const { fromBlock, toBlock, blockHash, address, topics } = value
  if (blockHash != null && (fromBlock != null || toBlock != null)) {
    throw new ParamError('cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other')
  }
  return {
    fromBlock: fromBlock == null ? undefined : parseBlockNumber(fromBlock, 'input.fromBlock'),
    toBlock: toBlock == null ? undefined : parseBlockNumber(toBlock, 'input.toBlock'),
    blockHash: blockHash == null ? undefined : parseHash(blockHash, 'input.blockHash'),
    addresses: parseAddresses(address),
    topics: parseTopics(topics),
  }
}

/** @throws RpcError -32602 for a filter of more addresses or topics than one may have. */
export function checkFilterSize({ addresses, topics }: LogFilter, { maxFilterItems }: RpcLimits): void {
  if (addresses.length > maxFilterItems) throw invalidParams('exceed max addresses')
  if (topics.some((position) => position.length > maxFilterItems)) throw invalidParams('exceed max topics')
}

export function matchesQuery(log: Log, { addresses, topics }: LogQuery): boolean {
  if (addresses.length > 0 && !addresses.some((address) => equalBytes(address, log.address))) return false
  if (topics.length > log.topics.length) return false
  return topics.every(
    (allowed, i) => allowed.length === 0 || allowed.some((topic) => equalBytes(topic, log.topics[i]!)),
  )
}

function parseAddresses(value: unknown): Uint8Array[] {
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return [filterItem(value, 20, 'address', 'invalid address')]
  if (!Array.isArray(value)) throw new ParamError('invalid addresses in query')
  return value.map((item, i) => {
    if (typeof item !== 'string') throw new ParamError(`non-string address at index ${i}`)
    return filterItem(item, 20, 'address', `invalid address at index ${i}`)
  })
}

function parseTopics(value: unknown): Uint8Array[][] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw mismatch(jsonKind(value), '[]interface {}', 'input.topics')
  if (value.length > MAX_TOPIC_POSITIONS) throw new ParamError('exceed max topics')
  return value.map((position) => {
    if (position === null) return []
    if (typeof position === 'string') return [filterItem(position, 32, 'topic')]
    if (!Array.isArray(position)) throw new ParamError('invalid topic(s)')
    // A null among alternatives matches everything.
    if (position.includes(null)) return []
    return position.map((item) => {
      if (typeof item !== 'string') throw new ParamError('invalid topic(s)')
      return filterItem(item, 32, 'topic')
    })
  })
}

function filterItem(text: string, size: number, kind: string, context?: string): Uint8Array {
  try {
    return size === 20 ? parseAddress(text) : parseHash(text)
  } catch (error) {
    if (!(error instanceof ParamError)) throw error
    const digits = text.startsWith('0x') ? text.length - 2 : text.length
    const isHex = /^0x(?:[0-9a-fA-F]{2})*$/.test(text)
    if (isHex) {
      throw new ParamError(
        `hex has invalid length ${digits / 2} after decoding; expected ${size} for ${kind}`,
      )
    }
    const reason = error.message.replace(/^json: cannot unmarshal (.*) into Go .*$/, '$1')
    throw new ParamError(context === undefined ? reason : `${context}: ${reason}`)
  }
}
