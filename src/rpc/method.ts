import type { ChainView } from './ChainView.ts'
import type { Connection } from './Connection.ts'
import { invalidParams } from './errors.ts'
import type { Filters } from './Filters.ts'
import type { FinalTexts } from './FinalTexts.ts'
import type { RpcLimits } from './limits.ts'
import { ParamError, type Parser } from './params.ts'
import type { SubscriptionHub } from './SubscriptionHub.ts'

/** What a handler may use; made for each message. */
export type RpcContext = {
  readonly view: ChainView
  readonly limits: RpcLimits
  readonly hub: SubscriptionHub
  readonly filters: Filters
  /** For {@link ofBlock}. */
  readonly texts: FinalTexts
  readonly connection: Connection
  /** Called once the answer is on its way: so that no event overtakes the id that it belongs to. */
  readonly afterAnswer: (() => void)[]
  /** When the first request of the message began to wait for a mini-block. */
  readonly waitedSince: { ms: number | undefined }
}

/** One parameter: `name` is for the documentation. */
export type Param<T> = { name: string; parse: Parser<T>; optional: boolean }

/** One row of the method table. Handlers give a JSON value, also as {@link RawJson} or {@link LongText}, or throw an RpcError. */
export type Method = {
  readonly params: readonly Param<unknown>[]
  readonly handle: (context: RpcContext, args: unknown[]) => unknown
  /** In a batch, the next item starts before this one has finished. */
  readonly pipelined: boolean
}

type Values<P extends readonly Param<unknown>[]> = {
  [K in keyof P]: P[K] extends Param<infer T> ? T : never
}

/** Describes a method; the handler's arguments have the types of the parameters' parsers. */
export function method<const P extends readonly Param<unknown>[]>(
  params: P,
  handler: (context: RpcContext, ...args: Values<P>) => unknown,
  options?: { pipelined: boolean },
): Method {
  return {
    params,
    handle: (context, args) => handler(context, ...(args as Values<P>)),
    pipelined: options?.pipelined ?? false,
  }
}

export function required<T>(name: string, parse: Parser<T>): Param<T> {
  return { name, parse, optional: false }
}

/** A parameter that may be missing or null: then undefined, or what is given here. */
export function optional<T>(name: string, parse: Parser<T>): Param<T | undefined>
export function optional<T>(name: string, parse: Parser<T>, otherwise: NoInfer<T>): Param<T>
export function optional<T>(name: string, parse: Parser<T>, otherwise?: T): Param<T | undefined> {
  return {
    name,
    parse: (value, field) => (value === undefined ? otherwise : parse(value, field)),
    optional: true,
  }
}

/**
 * Reads the positional parameters of a request.
 *
 * @throws RpcError -32602 in go-ethereum's words.
 */
export function parseParams(params: readonly Param<unknown>[], given: unknown): unknown[] {
  if (given === undefined || given === null) given = NO_PARAMS
  if (!Array.isArray(given)) throw invalidParams('non-array args')
  const args: unknown[] = new Array(params.length)
  for (let i = 0; i < params.length; i++) {
    const param = params[i]!
    const value: unknown = given[i] ?? undefined
    if (value === undefined && !param.optional)
      throw invalidParams(`missing value for required argument ${i}`)
    args[i] = parseOne(param, value, i)
  }
  if (given.length > params.length) throw invalidParams(`too many arguments, want at most ${params.length}`)
  return args
}

const NO_PARAMS: readonly unknown[] = []

function parseOne(param: Param<unknown>, value: unknown, index: number): unknown {
  try {
    return param.parse(value)
  } catch (error) {
    if (error instanceof ParamError) throw invalidParams(`invalid argument ${index}: ${error.message}`)
    throw error
  }
}
