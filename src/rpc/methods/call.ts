import { callOn, stateNumberOf } from '../blockSelection.ts'
import { callError } from '../callErrors.ts'
import { type CallParams, parseBlockOverrides, parseCall, parseStateOverrides } from '../callParams.ts'
import { callRequest } from '../callRequest.ts'
import { estimateGas } from '../estimateGas.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, required } from '../method.ts'
import { parseBlock } from '../params.ts'

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

/** Most that the sender would pay per gas, which bounds the gas that it can afford; 0 if no price was given. */
function feeCapOf(call: CallParams): bigint {
  return call.gasPrice ?? call.maxFeePerGas ?? 0n
}
