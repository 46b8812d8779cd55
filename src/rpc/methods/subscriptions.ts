import type { ResumePoint } from '../Connection.ts'
import { ERROR_CODES, invalidParams, nodeError, RpcError } from '../errors.ts'
import { hexData } from '../format.ts'
import type { RpcLimits } from '../limits.ts'
import { checkFilterSize, parseLogFilter } from '../logFilter.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import {
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseAddress,
  parseHash,
  parseId,
  parseIndex,
  parseList,
  parseUint64,
} from '../params.ts'
import { isReplayed, type Topic } from '../topics.ts'

const parseName: Parser<string> = (value) => {
  if (typeof value !== 'string') throw new ParamError('expected subscription name as first argument')
  return value
}

const parseAnything: Parser<unknown> = (value) => value

/** Subscriptions: over WebSocket only. */
export const SUBSCRIPTION_METHODS: Record<string, Method> = {
  eth_subscribe: method([required('name', parseName), optional('options', parseAnything)], subscribe),
  eth_unsubscribe: method([required('id', parseId)], ({ hub, connection }, id) => {
    if (connection.outlet === undefined) throw notSupported()
    if (!hub.unsubscribe(connection, id)) throw nodeError('subscription not found')
    return true
  }),
}

async function subscribe(context: RpcContext, name: string, options: unknown): Promise<string> {
  const { connection, hub, limits, afterAnswer } = context
  if (connection.outlet === undefined) throw notSupported()
  const from = parseResumePoint(options)
  if (from !== undefined && name === 'newPendingTransactions')
    throw invalidParams("newPendingTransactions can't be resumed: what was pending is not kept")
  const topic = parseTopic(limits, name, options)
  const { id, activate } =
    from === undefined || !isReplayed(topic)
      ? hub.subscribe(connection, topic)
      : await hub.resume(connection, topic, from)
  afterAnswer.push(activate)
  return id
}

/** Where a subscription is to go on; undefined: with what happens from now on. */
function parseResumePoint(options: unknown): ResumePoint | undefined {
  if (!isObject(options)) return undefined
  const { fromMiniBlock, fromIndex } = options
  if (fromMiniBlock == null && fromIndex == null) return undefined
  return asArgument(() => {
    if (fromMiniBlock == null) throw new ParamError('fromIndex without fromMiniBlock')
    const miniBlock = parseUint64(fromMiniBlock, '.fromMiniBlock')
    if (miniBlock === 0n) throw new ParamError('mini-blocks begin with 0x1')
    return { miniBlock, index: fromIndex == null ? 0 : parseIndex(fromIndex, '.fromIndex') }
  })
}

function parseTopic(limits: RpcLimits, name: string, options: unknown): Topic {
  switch (name) {
    case 'newHeads':
    case 'miniBlocks':
      if (options !== undefined && !(isObject(options) && 'fromMiniBlock' in options))
        throw invalidParams('too many arguments, want at most 1')
      return { kind: name }
    case 'syncing':
      if (options !== undefined) throw invalidParams('too many arguments, want at most 1')
      return { kind: name }
    case 'newPendingTransactions':
      if (options !== undefined && typeof options !== 'boolean') {
        throw invalidParams(`invalid argument 1: ${mismatch(jsonKind(options), 'bool').message}`)
      }
      return { kind: name, full: options ?? false }
    case 'logs': {
      const filter = asArgument(() => parseLogFilter(options ?? {}))
      checkFilterSize(filter, limits)
      return { kind: name, filter }
    }
    case 'transactionReceipts':
      return { kind: name, hashes: asArgument(() => parseHashes(options, limits)) }
    case 'stateChanges':
      return { kind: name, addresses: asArgument(() => parseAddresses(options, limits)) }
    default:
      throw new RpcError(ERROR_CODES.methodNotFound, `no "${name}" subscription in eth namespace`)
  }
}

/** go-ethereum's `transactionHashes`; undefined: all. */
function parseHashes(options: unknown, { maxFilterHashes }: RpcLimits): Set<string> | undefined {
  if (options == null) return undefined
  if (!isObject(options)) throw mismatch(jsonKind(options), 'filters.TransactionReceiptsQuery')
  const hashes = parseList(options.transactionHashes ?? [], parseHash, '[]common.Hash')
  if (hashes.length > maxFilterHashes)
    throw new ParamError(
      'exceed max number of transaction hashes allowed per transactionReceipts subscription',
    )
  return hashes.length === 0 ? undefined : new Set(hashes.map(hexData))
}

/** MegaETH's list, or `addresses` of an object; undefined: all accounts. */
function parseAddresses(options: unknown, { maxFilterItems }: RpcLimits): Set<string> | undefined {
  const list = isObject(options) ? options.addresses : options
  if (list == null) return undefined
  const addresses = parseList(list, parseAddress, '[]common.Address')
  if (addresses.length > maxFilterItems) throw new ParamError('exceed max addresses')
  return new Set(addresses.map(hexData))
}

/** What is wrong with the options is wrong with argument 1. */
function asArgument<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ParamError) throw invalidParams(`invalid argument 1: ${error.message}`)
    throw error
  }
}

function notSupported(): RpcError {
  return new RpcError(ERROR_CODES.methodNotFound, 'notifications not supported')
}
