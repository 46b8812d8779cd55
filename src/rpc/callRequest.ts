import type { CallParams } from './callParams.ts'
import { delegationsOf, gasPriceOf } from './callPrice.ts'
import { invalidParams, nodeError } from './errors.ts'
import type { RpcLimits } from './limits.ts'
import type { RpcContext } from './method.ts'
import { smaller } from './smaller.ts'
import type { BlockOverrides, CallRequest, StateOverride } from './ViewCall.ts'

type CallAt = {
  call: CallParams
  /** Of the block whose state it is executed on. */
  number: bigint
  stateOverrides: StateOverride[]
  blockOverrides: BlockOverrides
}

/**
 * What is executed for the parameters of a call.
 *
 * @throws RpcError -32000 for another chain's id, and for fees that contradict one another.
 */
export function callRequest({ view, limits }: RpcContext, params: CallAt): CallRequest {
  const { call, number, stateOverrides, blockOverrides } = params
  if (call.chainId !== undefined && call.chainId !== view.chainId) {
    throw nodeError(`chainId does not match node's (have=${call.chainId}, want=${view.chainId})`)
  }
  const baseFee = blockOverrides.baseFeePerGas ?? view.getBlock({ number })?.baseFeePerGas ?? 0n
  return {
    from: call.from ?? ZERO_ADDRESS,
    to: call.to,
    gas: smaller(call.gas ?? limits.callGasCap, limits.callGasCap),
    value: call.value ?? 0n,
    data: call.data,
    gasPrice: gasPriceOf(call, baseFee),
    accessList: call.accessList,
    authorizations: delegationsOf(call.authorizations, view.chainId),
    stateOverrides,
    blockOverrides,
  }
}

/** @throws RpcError -32602 for more calls than one request may have. */
export function checkCallCount({ maxBundledCalls }: RpcLimits, count: number): void {
  if (count > maxBundledCalls) throw invalidParams(`too many calls: ${count} (max ${maxBundledCalls})`)
}

const ZERO_ADDRESS = new Uint8Array(20)
