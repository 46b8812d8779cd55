import { invalidCall, senderOf } from './callErrors.ts'
import type { CallParams } from './callParams.ts'
import { delegationsOf, gasPriceOf } from './callPrice.ts'
import { invalidParams, nodeError, type RpcError } from './errors.ts'
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
 * @throws RpcError -32000 for another chain's id, for fees that contradict one another, and for what no transaction may be.
 */
export function callRequest({ view, limits }: RpcContext, params: CallAt): CallRequest {
  const { call, number, stateOverrides, blockOverrides } = params
  if (call.chainId !== undefined && call.chainId !== view.chainId) {
    throw nodeError(`chainId does not match node's (have=${call.chainId}, want=${view.chainId})`)
  }
  const gas = smaller(call.gas ?? limits.callGasCap, limits.callGasCap)
  checkDelegating(call, gas)
  const baseFee = blockOverrides.baseFeePerGas ?? view.getBlock({ number })?.baseFeePerGas ?? 0n
  return {
    from: call.from ?? ZERO_ADDRESS,
    to: call.to,
    gas,
    value: call.value ?? 0n,
    data: call.data,
    gasPrice: gasPriceOf(call, { baseFee, gas }),
    accessList: call.accessList,
    authorizations: delegationsOf(call.authorizations ?? [], view.chainId),
    stateOverrides,
    blockOverrides,
  }
}

/** A transaction of type 4 has a recipient and authorizations (EIP-7702; go-ethereum, stateTransition.preCheck). */
function checkDelegating(call: CallParams, gas: bigint): void {
  if (call.authorizations === undefined) return
  const refuse = (reason: string): RpcError => invalidCall(`${reason} (sender ${senderOf(call)})`, gas)
  if (call.to === undefined) throw refuse('EIP-7702 transaction cannot be used to create contract')
  if (call.authorizations.length === 0) throw refuse('EIP-7702 transaction with empty auth list')
}

/** @throws RpcError -32602 for more calls than one request may have. */
export function checkCallCount({ maxBundledCalls }: RpcLimits, count: number): void {
  if (count > maxBundledCalls) throw invalidParams(`too many calls: ${count} (max ${maxBundledCalls})`)
}

const ZERO_ADDRESS = new Uint8Array(20)
