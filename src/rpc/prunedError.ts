import { ERROR_CODES, RpcError } from './errors.ts'
import { hexQuantity } from './format.ts'
import { MiniBlockPrunedError } from './MiniBlockView.ts'

/** What a client is told of a failure to read mini-blocks. */
export function prunedError(error: unknown): unknown {
  if (!(error instanceof MiniBlockPrunedError)) return error
  return new RpcError(ERROR_CODES.prunedHistory, error.message, hexQuantity(error.oldest))
}
