import { stateNotKept } from './blockSelection.ts'
import { ERROR_CODES, nodeError, RpcError, responseTooLarge } from './errors.ts'
import type { RpcContext } from './method.ts'
import type { GivenBlock, TraceAnswer, TracePoint, TracerChoice, TraceWish } from './TraceView.ts'
import type { ViewBlock } from './ViewBlock.ts'
import type { CallRequest } from './ViewCall.ts'

/** How something is traced; without a time, as long as the node gives a trace. */
export type Tracing = { tracer: TracerChoice; timeoutMs?: number | undefined }

/**
 * Traces transactions `first` to `end` (exclusive) of a block: a JSON text for each.
 *
 * @throws RpcError where there are no results.
 */
export async function traceTransactions(
  context: RpcContext,
  block: ViewBlock,
  range: { first: number; end: number },
  tracing: Tracing,
): Promise<string[]> {
  const answer = await context.view.traces.transactions(block, range, traceWish(context, tracing))
  return resultsOf(context, answer, block.number - 1n)
}

/** The same of calls, each on what the ones before have left. */
export async function traceCalls(
  context: RpcContext,
  calls: readonly (Tracing & { request: CallRequest })[],
  point: TracePoint,
): Promise<string[]> {
  const requests = calls.map(({ request }) => request)
  const wishes = calls.map((tracing) => traceWish(context, tracing))
  const answer = await context.view.traces.calls(requests, point, wishes)
  return resultsOf(context, answer, point.number)
}

/** The same of all transactions of a block that is given. */
export async function traceGivenBlock(
  context: RpcContext,
  block: GivenBlock,
  tracing: Tracing,
): Promise<string[]> {
  const answer = await context.view.traces.block(block, traceWish(context, tracing))
  return resultsOf(context, answer, block.number - 1n)
}

/** What is asked of the chain for a tracer. */
function traceWish({ limits }: RpcContext, { tracer, timeoutMs }: Tracing): TraceWish {
  return {
    tracer,
    timeoutMs: Math.min(timeoutMs ?? limits.traceTimeoutMs, limits.maxTraceTimeoutMs),
    maxCharacters: limits.maxAnswerBytes,
  }
}

/**
 * The results of a trace, as JSON texts.
 *
 * @param stateNumber - the block after which the state is that it began with.
 * @throws RpcError where there are none.
 */
function resultsOf({ view }: RpcContext, answer: TraceAnswer, stateNumber: bigint): string[] {
  switch (answer.kind) {
    case 'traced':
      return answer.results
    case 'notKept':
      throw stateNotKept(view, stateNumber)
    case 'failed':
      throw nodeError(answer.message)
    case 'tooLarge':
      throw responseTooLarge()
    case 'busy':
      throw new RpcError(ERROR_CODES.limitExceeded, 'too many traces are waiting already')
  }
}
