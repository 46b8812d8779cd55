import { stateNotKept, stateNumberOf } from '../blockSelection.ts'
import {
  type Bundle,
  parseBundles,
  parseSimulationContext,
  parseTimeout,
  type SimulationContext,
} from '../bundleParams.ts'
import { callError } from '../callErrors.ts'
import { parseStateOverrides } from '../callParams.ts'
import { callRequest, checkCallCount } from '../callRequest.ts'
import type { CallSeries } from '../ExecutionView.ts'
import { invalidParams, nodeError, type RpcError } from '../errors.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { accessListEntryJson } from '../shapes/index.ts'
import type { BlockOverrides, CallOutcome, CallRequest, StateOverride } from '../ViewCall.ts'
import { CALL_PARAMS } from './call.ts'

/** Executes on a state of its own. */
export const CALL_MANY_METHODS: Record<string, Method> = {
  eth_createAccessList: method(CALL_PARAMS, async (context, call, block, stateOverrides, blockOverrides) => {
    const { view } = context
    const number = stateNumberOf(view, block)
    const request = callRequest(context, { call, number, stateOverrides, blockOverrides })
    const made = await view.execution.createAccessList(request, number)
    if (made === undefined) throw stateNotKept(view, number)
    if (made.outcome.status === 'invalid') throw callError(made.outcome, request.gas)
    return accessListJson(made)
  }),
  eth_callMany: method(
    [
      required('bundles', parseBundles),
      required('simulationContext', parseSimulationContext),
      optional('stateOverrides', parseStateOverrides, []),
      optional('timeout', parseTimeout),
    ],
    (context, bundles, simulationContext, stateOverrides) =>
      callMany(context, bundles, { simulationContext, stateOverrides }),
  ),
}

function accessListJson({
  accessList,
  outcome,
}: {
  accessList: CallRequest['accessList']
  outcome: CallOutcome
}): object {
  const isFailed = outcome.status !== 'success'
  const error = outcome.status === 'revert' ? 'execution reverted' : outcome.error
  return {
    accessList: accessList.map(accessListEntryJson),
    ...(isFailed ? { error } : {}),
    gasUsed: hexQuantity(outcome.gasUsed),
  }
}

/** Bundles one after another: each is in a block after the last one's, and sees what all before it have changed. */
function callMany(
  context: RpcContext,
  bundles: Bundle[],
  setting: { simulationContext: SimulationContext; stateOverrides: StateOverride[] },
): object[][] {
  const { view, limits } = context
  const count = bundles.reduce((sum, { transactions }) => sum + transactions.length, 0)
  if (count === 0) throw nodeError('empty bundles')
  checkCallCount(limits, count)
  const { block, transactionIndex } = setting.simulationContext
  const number = stateNumberOf(view, block)
  const transactions = view.getBlock({ number })?.transactions.length ?? 0
  if (transactionIndex !== undefined && transactionIndex > transactions)
    throw invalidParams(
      `transaction index ${transactionIndex} is behind the block's end: it has ${transactions}`,
    )
  const place = {
    blockNumber: number,
    transactionCount: transactionIndex === transactions ? undefined : transactionIndex,
    blockHashes: new Map(bundles.flatMap(({ blockHashes }) => [...blockHashes])),
  }
  const results = view.execution.series(place, (series) => {
    const refused = series.override(setting.stateOverrides)
    if (refused !== undefined) throw nodeError(refused)
    return performBundles(context, series, { bundles, number })
  })
  if (results === undefined) throw stateNotKept(view, number)
  return results
}

function performBundles(
  context: RpcContext,
  series: CallSeries,
  { bundles, number }: { bundles: Bundle[]; number: bigint },
): object[][] {
  const block = context.view.getBlock({ number })
  const overrides: BlockOverrides = {}
  return bundles.map((bundle) => {
    Object.assign(overrides, bundle.blockOverrides)
    const results = bundle.transactions.map((call) => {
      const gas = call.gas === 0n ? undefined : call.gas
      const request = callRequest(context, {
        ...{ call: { ...call, gas }, number },
        ...{ stateOverrides: [], blockOverrides: overrides },
      })
      const outcome = series.perform({ ...request, stateOverrides: [], blockOverrides: { ...overrides } })
      return resultJson(outcome, request.gas)
    })
    overrides.number = (overrides.number ?? number) + 1n
    overrides.time = (overrides.time ?? block?.timestamp ?? 0n) + 1n
    return results
  })
}

/** As Erigon gives it: a value without prefix, a revert with its data, any other failure as text. */
function resultJson(outcome: CallOutcome, gas: bigint): object {
  if (outcome.status === 'success') return { value: hexData(outcome.output).slice(2) }
  const error = callError(outcome, gas) as RpcError
  if (outcome.status === 'invalid') throw error
  if (outcome.status === 'revert' && outcome.output.length > 0)
    return { error: { message: error.message, data: error.data } }
  return { error: error.message }
}
