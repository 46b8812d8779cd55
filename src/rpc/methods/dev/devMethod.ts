import type { DevChain } from '../../DevChain.ts'
import { ERROR_CODES, RpcError } from '../../errors.ts'
import { type Method, method, type Param, type RpcContext } from '../../method.ts'
import type { NodeStatus } from '../../NodeStatus.ts'
import { ParamError, type Parser, parseBig } from '../../params.ts'

type Values<P extends readonly Param<unknown>[]> = {
  [K in keyof P]: P[K] extends Param<infer T> ? T : never
}

/** A method of a developer's chain; elsewhere it is refused. */
export function devMethod<const P extends readonly Param<unknown>[]>(
  params: P,
  handler: (dev: DevChain, context: RpcContext, ...args: Values<P>) => unknown,
): Method {
  return method(params, (context, ...args) => {
    if (context.view.dev === undefined) throw notForDevelopers(context.view.nodeStatus().role)
    return handler(context.view.dev, context, ...args)
  })
}

function notForDevelopers(role: NodeStatus['role']): RpcError {
  return new RpcError(
    ERROR_CODES.methodNotFound,
    role === 'sequencer'
      ? 'the method is only available on a local chain; a chain with a genesis of its own is one when it is started with --dev'
      : 'the method is not available on a replica, which only follows the chain; ask the sequencer',
  )
}

/** A number below 2^256 as developers' tools write it: a quantity, a padded or a decimal one, or a plain number. */
export const parseLooseBig: Parser<bigint> = (value, field) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(?:0[xX][0-9a-fA-F]{1,64}|\d{1,77})$/.test(value)) return BigInt(value)
  if (typeof value === 'number') throw new ParamError(`invalid number ${value}`)
  return parseBig(value, field)
}

/** The latest time of a block. */
const MAX_TIME = (1n << 63n) - 1n

/** Seconds, of which a header has 64 bits. */
export const parseTime: Parser<bigint> = (value, field) => {
  const time = parseLooseBig(value, field)
  if (time > MAX_TIME) throw new ParamError(`a time is below 2^63 seconds, not ${time}`)
  return time
}
