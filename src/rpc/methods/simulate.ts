import { findStateBlock, stateNotKept } from '../blockSelection.ts'
import { revertError } from '../callErrors.ts'
import { parseBlockOverrides, parseCall, parseStateOverrides } from '../callParams.ts'
import { invalidParams, nodeError, RpcError } from '../errors.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import {
  type BlockParam,
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseBlock,
  parseBoolean,
  parseList,
} from '../params.ts'
import {
  SIMULATION_ERRORS,
  type SimulatedBlock,
  type SimulatedBlockRequest,
  type SimulatedCall,
} from '../Simulation.ts'
import { blockJson, logJson, type Place, placeOf, unsignedTransactionJson } from '../shapes/index.ts'

type SimulationParams = {
  blocks: SimulatedBlockRequest[]
  traceTransfers: boolean
  validation: boolean
  returnFullTransactions: boolean
}

const parseSimulation: Parser<SimulationParams> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'ethapi.simOpts')
  const flag = (name: string): boolean =>
    value[name] == null ? false : parseBoolean(value[name], `simOpts.${name}`)
  return {
    blocks: parseList(value.blockStateCalls ?? [], parseSimulatedBlock, '[]ethapi.simBlock'),
    traceTransfers: flag('traceTransfers'),
    validation: flag('validation'),
    returnFullTransactions: flag('returnFullTransactions'),
  }
}

const parseSimulatedBlock: Parser<SimulatedBlockRequest> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'ethapi.simBlock')
  const { blockOverrides, stateOverrides, calls } = value
  if (
    isObject(blockOverrides) &&
    Array.isArray(blockOverrides.withdrawals) &&
    blockOverrides.withdrawals.length > 0
  )
    throw new ParamError('withdrawals are not supported: blocks of this chain have none')
  return {
    blockOverrides: blockOverrides == null ? {} : parseBlockOverrides(blockOverrides),
    stateOverrides: stateOverrides == null ? [] : parseStateOverrides(stateOverrides),
    calls: parseList(calls ?? [], parseCall, '[]ethapi.TransactionArgs'),
  }
}

/** Blocks that are only thought of. */
export const SIMULATE_METHODS: Record<string, Method> = {
  eth_simulateV1: method(
    [required('opts', parseSimulation), optional('block', parseBlock, 'latest')],
    simulate,
  ),
}

async function simulate(
  { view, limits }: RpcContext,
  params: SimulationParams,
  block: BlockParam,
): Promise<object[]> {
  if (params.blocks.length === 0) throw invalidParams('empty input')
  if (params.blocks.length > limits.maxSimulatedBlocks)
    throw new RpcError(SIMULATION_ERRORS.clientLimit, 'too many blocks')
  const base = findStateBlock(view, block)
  if (base === undefined) throw nodeError('header not found')
  if (base.number < view.firstStateNumber) throw stateNotKept(view, base.number)
  const outcome = await view.simulate({ ...params, base, gasCap: limits.callGasCap })
  if (outcome.kind === 'refused') throw new RpcError(outcome.code, outcome.message)
  return outcome.blocks.map((simulated) => simulatedJson(simulated, params.returnFullTransactions))
}

function simulatedJson({ block, transactions, calls }: SimulatedBlock, full: boolean): object {
  const json = blockJson(block, false)
  if (full)
    json.transactions = transactions.map((transaction, i) => unsignedTransactionJson(block, i, transaction))
  return {
    ...json,
    calls: calls.map((call, i) => callJson(call, placeOf(block, block.transactions.at(i)!, i))),
  }
}

function callJson(call: SimulatedCall, place: Place): object {
  return {
    // go-ethereum tells what a revert returns in the error alone.
    returnData: call.status === 'success' ? hexData(call.output) : '0x',
    logs: call.logs.map((log) => logJson(log, place, log.index)),
    gasUsed: hexQuantity(call.gasUsed),
    maxUsedGas: hexQuantity(call.gasPeak),
    status: call.status === 'success' ? '0x1' : '0x0',
    ...(call.status === 'success' ? {} : { error: errorOf(call) }),
  }
}

function errorOf({ status, output, error }: SimulatedCall): object {
  if (status !== 'revert') return { code: SIMULATION_ERRORS.vmError, message: error }
  const { code, message, data } = revertError(output)
  return { code, message, data }
}
