import { stateNotKept } from './blockSelection.ts'
import { ERROR_CODES, nodeError, RpcError } from './errors.ts'
import type { RpcContext } from './method.ts'
import type { TraceAnswer, TracerChoice, TraceWish } from './TraceView.ts'

/** What is asked of the chain for a tracer. */
export function traceWish(
  { limits }: RpcContext,
  tracer: TracerChoice,
  timeoutMs: number = limits.traceTimeoutMs,
): TraceWish {
  return {
    tracer,
    timeoutMs: Math.min(timeoutMs, limits.maxTraceTimeoutMs),
    maxCharacters: limits.maxAnswerBytes,
  }
}

/**
 * The results of a trace, as JSON texts.
 *
 * @param stateNumber - the block after which the state is that it began with.
 * @throws RpcError where there are none.
 */
export function resultsOf({ view }: RpcContext, answer: TraceAnswer, stateNumber: bigint): string[] {
  switch (answer.kind) {
    case 'traced':
      return answer.results
    case 'notKept':
      throw stateNotKept(view, stateNumber)
    case 'failed':
      throw nodeError(answer.message)
    case 'tooLarge':
      throw new RpcError(ERROR_CODES.responseTooLarge, 'response too large')
    case 'busy':
      throw new RpcError(ERROR_CODES.limitExceeded, 'too many traces are waiting already')
  }
}
