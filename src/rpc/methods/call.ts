import { callOn, stateNumberOf } from '../blockSelection.ts'
import type { BlockOverrides, CallRequest, StateOverride } from '../ChainView.ts'
import { callError } from '../callErrors.ts'
import { type CallParams, parseBlockOverrides, parseCall, parseStateOverrides } from '../callParams.ts'
import { authoritiesOf, gasPriceOf } from '../callPrice.ts'
import { nodeError } from '../errors.ts'
import { estimateGas } from '../estimateGas.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { parseBlock } from '../params.ts'
import { smaller } from '../smaller.ts'

const CALL_PARAMS = [
  required('call', parseCall),
  optional('block', parseBlock, 'latest'),
  optional('stateOverrides', parseStateOverrides, []),
  optional('blockOverrides', parseBlockOverrides, {}),
] as const

/** Executes without committing. */
export const CALL_METHODS: Record<string, Method> = {
  eth_call: method(CALL_PARAMS, (context, call, block, stateOverrides, blockOverrides) => {
    const number = stateNumberOf(context.view, block)
    const request = callRequest(context, { call, number, stateOverrides, blockOverrides })
    const outcome = callOn(context.view, number, request)
    if (outcome.status !== 'success') throw callError(outcome, request.gas)
    return hexData(outcome.output)
  }),
  eth_estimateGas: method(CALL_PARAMS, async (context, call, block, stateOverrides, blockOverrides) => {
    const number = stateNumberOf(context.view, block)
    const request = callRequest(context, { call, number, stateOverrides, blockOverrides })
    const options = { number, requestedGas: call.gas, feeCap: feeCapOf(call) }
    return hexQuantity(await estimateGas(context, request, options))
  }),
}

type CallAt = {
  call: CallParams
  /** Of the block whose state it is executed on. */
  number: bigint
  stateOverrides: StateOverride[]
  blockOverrides: BlockOverrides
}

/** @throws RpcError -32000 where the call contradicts the chain or itself. */
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
    authorizations: authoritiesOf(call, view.chainId),
    stateOverrides,
    blockOverrides,
  }
}

const ZERO_ADDRESS = new Uint8Array(20)

/** Most that the sender would pay per gas, which bounds the gas that it can afford; 0 if no price was given. */
function feeCapOf(call: CallParams): bigint {
  return call.gasPrice ?? call.maxFeePerGas ?? 0n
}
