import { type Authorization, recoverAuthority } from '../protocol/index.ts'
import { invalidCall, senderOf } from './callErrors.ts'
import type { CallParams } from './callParams.ts'
import { nodeError, type RpcError } from './errors.ts'
import type { CallRequest } from './ViewCall.ts'

/**
 * Wei per gas that a call pays; 0 when no price is given, which also switches the base fee check off.
 *
 * @param options - `gas`: of the call, which errors name.
 * @throws RpcError -32000 for fees that contradict one another or the base fee.
 */
export function gasPriceOf(call: CallParams, { baseFee, gas }: { baseFee: bigint; gas: bigint }): bigint {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = call
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined)) {
    throw nodeError('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  if (gasPrice !== undefined) return gasPrice
  if (maxFeePerGas === undefined && maxPriorityFeePerGas === undefined) return 0n
  const tip = maxPriorityFeePerGas ?? 0n
  const cap = maxFeePerGas ?? 0n
  // The sender's name takes a hash: only where it is told.
  const refuse = (reason: string, fees: string): RpcError =>
    invalidCall(`${reason}: address ${senderOf(call)}, ${fees}`, gas)
  if (cap < tip) {
    const fees = `maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${cap}`
    throw refuse('max priority fee per gas higher than max fee per gas', fees)
  }
  if (cap === 0n && tip === 0n) return 0n
  if (cap < baseFee)
    throw refuse('max fee per gas less than block base fee', `maxFeePerGas: ${cap}, baseFee: ${baseFee}`)
  return baseFee + tip < cap ? baseFee + tip : cap
}

/** What authorizations delegate on a chain; void ones change nothing, but are paid for (EIP-7702). */
export function delegationsOf(
  authorizations: readonly Authorization[],
  chainId: bigint,
): CallRequest['authorizations'] {
  return authorizations.map((authorization) => {
    const isElsewhere = authorization.chainId !== 0n && authorization.chainId !== chainId
    const authority = isElsewhere ? undefined : recoverAuthority(authorization)
    return { authority, delegate: authorization.address }
  })
}

/** Most that the sender would pay per gas, which bounds the gas that it can afford; 0 if no price was given. */
export function feeCapOf(call: CallParams): bigint {
  return call.gasPrice ?? call.maxFeePerGas ?? 0n
}
