/**
 * A failure that the caller of a method gets as the `error` member of the answer (JSON-RPC 2.0, section 5.1).
 * Codes and wordings are go-ethereum's, because clients tell failures apart by both.
 */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  /** Sent as it is; must be a JSON value. */
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

type ErrorName =
  | 'parseError'
  | 'invalidRequest'
  | 'methodNotFound'
  | 'invalidParams'
  | 'internalError'
  | 'nodeError'
  | 'responseTooLarge'
  | 'limitExceeded'
  | 'executionReverted'
  | 'syncTimeout'
  | 'syncNotReady'
  | 'syncNonceGap'
  | 'prunedHistory'
  | 'miniBlockNotReached'

/** The codes in use, by name; docs/rpc.md lists them. */
export const ERROR_CODES: Readonly<Record<ErrorName, number>> = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** What the node itself says: state not kept, transaction refused, out of gas. */
  nodeError: -32000,
  responseTooLarge: -32003,
  /** A query found or would scan more than its limit. */
  limitExceeded: -32005,
  /** A request wants to see a mini-block that has not come in time. */
  miniBlockNotReached: -32002,
  executionReverted: 3,
  /** EIP-7966: not executed within the time asked for. */
  syncTimeout: 4,
  /** EIP-7966: accepted, but can't be executed now. */
  syncNotReady: 5,
  /** EIP-7966: accepted, but nonces before it are missing. */
  syncNonceGap: 6,
  /** EIP-4444, go-ethereum: what was asked for is older than what is kept. */
  prunedHistory: 4444,
}

export function invalidRequest(message = 'invalid request'): RpcError {
  return new RpcError(ERROR_CODES.invalidRequest, message)
}

export function methodNotFound(method: string): RpcError {
  return new RpcError(ERROR_CODES.methodNotFound, `the method ${method} does not exist/is not available`)
}

export function invalidParams(message: string): RpcError {
  return new RpcError(ERROR_CODES.invalidParams, message)
}

/** The answer, or what it is made of, has more characters than are sent. */
export function responseTooLarge(): RpcError {
  return new RpcError(ERROR_CODES.responseTooLarge, 'response too large')
}

export function nodeError(message: string): RpcError {
  return new RpcError(ERROR_CODES.nodeError, message)
}
