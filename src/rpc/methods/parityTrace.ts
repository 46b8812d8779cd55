import { decodeTransaction, effectiveGasPrice, recoverSender } from '../../protocol/index.ts'
import { blockNumberOf, stateNumberOf } from '../blockSelection.ts'
import { type CallParams, parseCall } from '../callParams.ts'
import { delegationsOf } from '../callPrice.ts'
import { callRequest, checkCallCount } from '../callRequest.ts'
import { ERROR_CODES, invalidParams, nodeError, RpcError, responseTooLarge } from '../errors.ts'
import { hexData } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import {
  ParamError,
  type Parser,
  parseBlock,
  parseData,
  parseHash,
  parseIndex,
  parseList,
} from '../params.ts'
import { RawJson } from '../RawJson.ts'
import type { ParityTraceType } from '../TraceView.ts'
import { matchesFilter, type PlacedTrace, parseTraceFilter, type TraceFilter } from '../traceFilter.ts'
import { traceCalls, traceTransactions } from '../tracing.ts'
import type { ViewBlock } from '../ViewBlock.ts'
import type { CallRequest } from '../ViewCall.ts'
import { executedAt, tracedBlock } from './debugTrace.ts'

const TYPES: readonly string[] = ['trace', 'stateDiff', 'vmTrace']

const parseTypes: Parser<ParityTraceType[]> = (value) =>
  parseList(value, parseType, '[]string') as ParityTraceType[]

const parseType: Parser<string> = (value) => {
  if (typeof value === 'string' && TYPES.includes(value)) return value
  throw new ParamError(`unrecognized trace type: ${JSON.stringify(value)}`)
}

const parseCalls: Parser<{ call: CallParams; types: ParityTraceType[] }[]> = (value) =>
  parseList(value, parseTracedCall, '[]json.RawMessage')

const parseTracedCall: Parser<{ call: CallParams; types: ParityTraceType[] }> = (value) => {
  if (!Array.isArray(value) || value.length !== 2) throw new ParamError('expected [call, types]')
  return { call: parseCall(value[0]), types: parseTypes(value[1]) }
}

const parsePath: Parser<number[]> = (value) => parseList(value, parseIndex, '[]hexutil.Uint64')

/** What happens in the EVM, as OpenEthereum and Erigon tell it. */
export const PARITY_TRACE_METHODS: Record<string, Method> = {
  trace_transaction: method([required('hash', parseHash)], async (context, hash) => {
    const found = context.view.getTransaction(hash)
    if (found === undefined) return null
    return new RawJson((await placedTraces(context, found.block, found.index))[0]!)
  }),
  trace_get: method(
    [required('hash', parseHash), required('path', parsePath)],
    async (context, hash, path) => {
      const found = context.view.getTransaction(hash)
      if (found === undefined) return null
      const [text] = await placedTraces(context, found.block, found.index)
      const traces = JSON.parse(text!) as { traceAddress: number[] }[]
      return traces.find(({ traceAddress }) => traceAddress.join() === path.join()) ?? null
    },
  ),
  trace_block: method([required('block', parseBlock)], async (context, block) => {
    const results = await placedTraces(context, tracedBlock(context, block))
    return new RawJson(joinLists(results))
  }),
  trace_filter: method([required('filter', parseTraceFilter)], filterTraces),
  trace_call: method(
    [required('call', parseCall), required('types', parseTypes), optional('block', parseBlock, 'latest')],
    async (context, call, types, block) => {
      const number = stateNumberOf(context.view, block)
      const request = callRequest(context, { call, number, stateOverrides: [], blockOverrides: {} })
      return traceOneCall(context, request, { number, types })
    },
  ),
  trace_callMany: method(
    [required('calls', parseCalls), optional('block', parseBlock, 'latest')],
    async (context, calls, block) => {
      const { view, limits } = context
      checkCallCount(limits, calls.length)
      const number = stateNumberOf(view, block)
      const overrides = { stateOverrides: [], blockOverrides: {} }
      const traced = calls.map(({ call, types }) => ({
        request: callRequest(context, { call, number, ...overrides }),
        tracer: { parity: types },
      }))
      if (traced.length === 0) return []
      return new RawJson(`[${(await traceCalls(context, traced, { number })).join(',')}]`)
    },
  ),
  trace_rawTransaction: method(
    [required('transaction', parseData), required('types', parseTypes)],
    (context, raw, types) => {
      const number = context.view.headNumber
      return traceOneCall(context, requestOf(context, raw), { number, types })
    },
  ),
  trace_replayTransaction: method(
    [required('hash', parseHash), required('types', parseTypes)],
    async (context, hash, types) => {
      const { block, index } = executedAt(context, hash)
      const range = { first: index, end: index + 1 }
      const [result] = await traceTransactions(context, block, range, { tracer: { parity: types } })
      return new RawJson(result!)
    },
  ),
  trace_replayBlockTransactions: method(
    [required('block', parseBlock), required('types', parseTypes)],
    async (context, param, types) => {
      const block = tracedBlock(context, param)
      const hashes = Array.from(block.transactions, ({ hash }) => hexData(hash))
      const range = { first: 0, end: hashes.length }
      const results = await traceTransactions(context, block, range, { tracer: { parity: types } })
      return new RawJson(`[${results.map((text, i) => withHash(text, hashes[i]!)).join(',')}]`)
    },
  ),
}

/** Of one transaction, or of all: a list of traces as JSON text each. */
function placedTraces(context: RpcContext, block: ViewBlock, index?: number): Promise<string[]> {
  const first = index ?? 0
  const end = index === undefined ? block.transactions.length : index + 1
  return traceTransactions(context, block, { first, end }, { tracer: { parity: ['trace'], placed: true } })
}

async function traceOneCall(
  context: RpcContext,
  request: CallRequest,
  { number, types }: { number: bigint; types: ParityTraceType[] },
): Promise<RawJson> {
  const [result] = await traceCalls(context, [{ request, tracer: { parity: types } }], { number })
  return new RawJson(result!)
}

/** A signed transaction as a call: it need not have the right nonce. */
function requestOf({ view }: RpcContext, raw: Uint8Array): CallRequest {
  const decoded = decodeTransaction(raw)
  if (!decoded.ok) throw nodeError(decoded.message)
  const { transaction } = decoded
  const from = recoverSender(transaction)
  if (from === undefined) throw nodeError('invalid sender')
  const baseFee = view.getBlock({ number: view.headNumber })?.baseFeePerGas ?? 0n
  return {
    from,
    to: transaction.to,
    gas: transaction.gasLimit,
    value: transaction.value,
    data: transaction.data,
    gasPrice: effectiveGasPrice(transaction, baseFee),
    accessList: transaction.type === 0 ? [] : [...transaction.accessList],
    authorizations: transaction.type === 4 ? delegationsOf(transaction.authorizationList, view.chainId) : [],
    ...{ stateOverrides: [], blockOverrides: {} },
  }
}

/** Blocks one after another, until enough is found. */
async function filterTraces(context: RpcContext, filter: TraceFilter): Promise<PlacedTrace[]> {
  const { view, limits } = context
  const from = blockNumberOf(view, filter.from)
  const to = blockNumberOf(view, filter.to)
  if (from > to) throw invalidParams('invalid parameters: fromBlock cannot be greater than toBlock')
  if (to - from >= limits.maxTraceFilterBlocks)
    throw new RpcError(
      ERROR_CODES.limitExceeded,
      `trace_filter takes at most ${limits.maxTraceFilterBlocks} blocks`,
    )
  const endMs = performance.now() + limits.maxTraceTimeoutMs
  const found: PlacedTrace[] = []
  let passed = 0
  let characters = 0
  for (let number = from > 0n ? from : 1n; number <= to && found.length < filter.count; number++) {
    if (performance.now() > endMs) throw nodeError('execution timeout')
    const block = view.getBlock({ number })
    if (block === undefined || block.transactions.length === 0) continue
    for (const text of await placedTraces(context, block)) {
      const matching = (JSON.parse(text) as PlacedTrace[]).filter((trace) => matchesFilter(trace, filter))
      if (matching.length > 0) characters += text.length
      for (const trace of matching)
        if (passed++ >= filter.after && found.length < filter.count) found.push(trace)
      if (characters > limits.maxAnswerBytes) throw responseTooLarge()
    }
  }
  return found
}

/** Lists in JSON as one list. */
function joinLists(lists: string[]): string {
  return `[${lists
    .map((list) => list.slice(1, -1))
    .filter((items) => items !== '')
    .join(',')}]`
}

function withHash(result: string, hash: string): string {
  return `${result.slice(0, -1)},"transactionHash":"${hash}"}`
}
