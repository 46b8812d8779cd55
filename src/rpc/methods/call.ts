import { callOn, stateNumberOf } from '../blockSelection.ts'
import { callError } from '../callErrors.ts'
import { type CallParams, parseBlockOverrides, parseCall, parseStateOverrides } from '../callParams.ts'
import { feeCapOf } from '../callPrice.ts'
import { callRequest } from '../callRequest.ts'
import { estimateGas } from '../estimateGas.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type Param, required } from '../method.ts'
import { type BlockParam, parseBlock } from '../params.ts'
import type { BlockOverrides, StateOverride } from '../ViewCall.ts'

/** A call, and on what it is executed. */
export const CALL_PARAMS: readonly [
  Param<CallParams>,
  Param<BlockParam>,
  Param<StateOverride[]>,
  Param<BlockOverrides>,
] = [
  required('call', parseCall),
  optional('block', parseBlock, 'latest'),
  optional('stateOverrides', parseStateOverrides, []),
  optional('blockOverrides', parseBlockOverrides, {}),
]

/** Executes without committing. */
export const CALL_METHODS: Record<string, Method> = {
  eth_call: method(CALL_PARAMS, (context, call, block, stateOverrides, blockOverrides) => {
    const number = stateNumberOf(context.view, block)
    const request = callRequest(context, { call, number, stateOverrides, blockOverrides })
    const outcome = callOn(context.view, number, request)
    context.view.dev?.terminal?.called(request, number, outcome)
    if (outcome.status !== 'success') throw callError(outcome, request.gas)
    return hexData(outcome.output)
  }),
  eth_estimateGas: method(CALL_PARAMS, (context, call, block, stateOverrides, blockOverrides) => {
    const number = stateNumberOf(context.view, block)
    const request = callRequest(context, { call, number, stateOverrides, blockOverrides })
    const options = { number, requestedGas: call.gas, feeCap: feeCapOf(call) }
    return hexQuantity(estimateGas(context, request, options))
  }),
}
