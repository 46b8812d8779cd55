import { checksumAddress, revertReason } from '../protocol/index.ts'
import type { CallParams } from './callParams.ts'
import { ERROR_CODES, nodeError, RpcError } from './errors.ts'
import { hexData } from './format.ts'
import type { CallOutcome } from './ViewCall.ts'

/** What a call that didn't succeed is answered with. */
export function callError(outcome: CallOutcome, gas: bigint): Error {
  if (outcome.status === 'revert') return revertError(outcome.output)
  const reason = outcome.error ?? 'execution failed'
  return outcome.status === 'invalid' ? invalidCall(reason, gas) : nodeError(reason)
}

/** What a call is answered with that no transaction could make. */
export function invalidCall(reason: string, gas: bigint): RpcError {
  return nodeError(`err: ${reason} (supplied gas ${gas})`)
}

/** The error for a reverted call: code 3, the reason in words if the data has one, and the data as it is. */
export function revertError(output: Uint8Array): RpcError {
  const reason = revertReason(output)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new RpcError(ERROR_CODES.executionReverted, message, hexData(output))
}

/** The sender of a call as errors name it. */
export function senderOf({ from }: Pick<CallParams, 'from'>): string {
  return checksumAddress(from ?? new Uint8Array(20))
}
