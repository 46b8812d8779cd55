import { ERROR_CODES, invalidParams, RpcError } from './errors.ts'
import { hexQuantity } from './format.ts'
import type { RpcContext } from './method.ts'
import { ParamError, parseUint64 } from './params.ts'

/**
 * Waits for the mini-block that a request wants to see at least (its member `minMiniBlock`); undefined if it is there.
 * All requests of one message wait no longer together than one alone.
 *
 * @throws RpcError, also later: it is malformed, or the mini-block has not come in time.
 */
export function whenSeen(context: RpcContext, wanted: unknown): Promise<void> | undefined {
  const number = parse(wanted)
  const { view, hub, limits, waitedSince } = context
  if (number <= view.miniBlocks.newest) return undefined
  waitedSince.ms ??= performance.now()
  const timeoutMs = Math.max(0, waitedSince.ms + limits.minMiniBlockTimeoutMs - performance.now())
  return hub
    .until('miniBlock', () => number <= view.miniBlocks.newest, { timeoutMs })
    .then((isSeen) => {
      if (!isSeen) throw notReached(number, view.miniBlocks.newest)
    })
}

function parse(wanted: unknown): bigint {
  try {
    return parseUint64(wanted)
  } catch (error) {
    if (error instanceof ParamError) throw invalidParams(`invalid minMiniBlock: ${error.message}`)
    throw error
  }
}

function notReached(number: bigint, newest: bigint): RpcError {
  return new RpcError(
    ERROR_CODES.miniBlockNotReached,
    `mini-block ${hexQuantity(number)} is not reached, the newest is ${hexQuantity(newest)}`,
    hexQuantity(newest),
  )
}
