import { ERROR_CODES, invalidParams, nodeError, RpcError } from '../errors.ts'
import { filterTooLarge, parseLogFilter } from '../logFilter.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { jsonKind, mismatch, ParamError, type Parser } from '../params.ts'
import type { Topic } from '../SubscriptionHub.ts'

const parseName: Parser<string> = (value) => {
  if (typeof value !== 'string') throw new ParamError('expected subscription name as first argument')
  return value
}

const parseId: Parser<string> = (value) => {
  if (typeof value !== 'string') throw mismatch(jsonKind(value), 'rpc.ID')
  return value
}

const parseAnything: Parser<unknown> = (value) => value

/** Subscriptions: over WebSocket only. */
export const SUBSCRIPTION_METHODS: Record<string, Method> = {
  eth_subscribe: method([required('name', parseName), optional('options', parseAnything)], subscribe),
  eth_unsubscribe: method([required('id', parseId)], ({ hub, connection }, id) => {
    if (connection.send === undefined) throw notSupported()
    if (!hub.unsubscribe(connection, id)) throw nodeError('subscription not found')
    return true
  }),
}

function subscribe(context: RpcContext, name: string, options: unknown): string {
  if (context.connection.send === undefined) throw notSupported()
  const topic = parseTopic(context, name, options)
  const { id, activate } = context.hub.subscribe(context.connection, topic)
  context.afterAnswer.push(activate)
  return id
}

function parseTopic({ limits }: RpcContext, name: string, options: unknown): Topic {
  switch (name) {
    case 'newHeads':
    case 'miniBlocks':
      if (options !== undefined) throw invalidParams('too many arguments, want at most 1')
      return { kind: name }
    case 'newPendingTransactions':
      if (options !== undefined && typeof options !== 'boolean') {
        throw invalidParams(`invalid argument 1: ${mismatch(jsonKind(options), 'bool').message}`)
      }
      return { kind: name, full: options ?? false }
    case 'logs': {
      const filter = parseFilterOption(options)
      const tooLarge = filterTooLarge(filter, limits)
      if (tooLarge !== undefined) throw invalidParams(tooLarge)
      return { kind: name, filter }
    }
    default:
      throw new RpcError(ERROR_CODES.methodNotFound, `no "${name}" subscription in eth namespace`)
  }
}

function parseFilterOption(options: unknown): ReturnType<typeof parseLogFilter> {
  try {
    return parseLogFilter(options ?? {})
  } catch (error) {
    if (error instanceof ParamError) throw invalidParams(`invalid argument 1: ${error.message}`)
    throw error
  }
}

function notSupported(): RpcError {
  return new RpcError(ERROR_CODES.methodNotFound, 'notifications not supported')
}
