import { keccak256 } from '../../kernels/index.ts'
import { decodeBlock, headerHash } from '../../protocol/index.ts'
import { findBlock, stateNumberOf } from '../blockSelection.ts'
import { parseCall } from '../callParams.ts'
import { callRequest } from '../callRequest.ts'
import { nodeError } from '../errors.ts'
import { hexData } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { type BlockParam, parseBlock, parseBlockNumber, parseData, parseHash } from '../params.ts'
import { RawJson } from '../RawJson.ts'
import type { GivenBlock, TracePoint } from '../TraceView.ts'
import { NO_TRACE_CONFIG, parseTraceCallConfig, parseTraceConfig, type TraceConfig } from '../traceParams.ts'
import { traceCalls, traceGivenBlock, traceTransactions } from '../tracing.ts'
import type { ViewBlock } from '../ViewBlock.ts'

const CONFIG = optional('config', parseTraceConfig, NO_TRACE_CONFIG)

/** What happens in the EVM, as go-ethereum's tracers tell it. */
export const DEBUG_TRACE_METHODS: Record<string, Method> = {
  debug_traceTransaction: method([required('hash', parseHash), CONFIG], async (context, hash, config) => {
    const { block, index } = executedAt(context, hash)
    const [result] = await traceTransactions(context, block, { first: index, end: index + 1 }, config)
    return new RawJson(result!)
  }),
  debug_traceCall: method(
    [
      required('call', parseCall),
      optional('block', parseBlock, 'latest'),
      optional('config', parseTraceCallConfig, NO_TRACE_CONFIG),
    ],
    async (context, call, block, config) => {
      const number = stateNumberOf(context.view, block)
      const { stateOverrides, blockOverrides, txIndex, tracer, timeoutMs } = config
      const request = callRequest(context, { call, number, stateOverrides, blockOverrides })
      const point = pointOf(context, number, txIndex)
      const [result] = await traceCalls(context, [{ request, tracer, timeoutMs }], point)
      return new RawJson(result!)
    },
  ),
  debug_traceBlockByNumber: method([required('block', parseBlockNumber), CONFIG], (context, block, config) =>
    traceBlock(context, tracedBlock(context, block), config),
  ),
  debug_traceBlockByHash: method([required('blockHash', parseHash), CONFIG], (context, hash, config) =>
    traceBlock(context, tracedBlock(context, { hash }), config),
  ),
  debug_traceBlock: method([required('block', parseData), CONFIG], async (context, rlp, config) => {
    const block = givenBlock(rlp)
    const results = await traceGivenBlock(context, block, config)
    const hashes = block.transactions.map((raw) => hexData(keccak256(raw)))
    return blockResult(hashes, results)
  }),
}

/** @throws RpcError -32000 in go-ethereum's words. */
export function executedAt({ view }: RpcContext, hash: Uint8Array): { block: ViewBlock; index: number } {
  const found = view.getTransaction(hash)
  if (found === undefined) throw nodeError('transaction not found')
  return found
}

/** @throws RpcError -32000 where there is none, or nothing that could be traced. */
export function tracedBlock({ view }: RpcContext, block: BlockParam): ViewBlock {
  const found = findBlock(view, block)
  if (found !== undefined) {
    if (found.number === 0n) throw nodeError('genesis is not traceable')
    return found
  }
  if (typeof block === 'object' && 'hash' in block) throw nodeError(`block ${hexData(block.hash)} not found`)
  throw nodeError(`block ${typeof block === 'object' ? `#${block.number}` : block} not found`)
}

function pointOf({ view }: RpcContext, number: bigint, index: number | undefined): TracePoint {
  if (index === undefined) return { number }
  const block = view.getBlock({ number })
  if (block === undefined || index >= block.transactions.length)
    throw nodeError(
      `transaction index ${index} out of range for block ${hexData(block?.hash ?? new Uint8Array(32))}`,
    )
  return { number, index }
}

async function traceBlock(context: RpcContext, block: ViewBlock, config: TraceConfig): Promise<RawJson> {
  const hashes = Array.from(block.transactions, ({ hash }) => hexData(hash))
  const range = { first: 0, end: hashes.length }
  return blockResult(hashes, await traceTransactions(context, block, range, config))
}

function blockResult(hashes: string[], results: string[]): RawJson {
  return new RawJson(`[${results.map((text, i) => `{"txHash":"${hashes[i]}","result":${text}}`).join(',')}]`)
}

function givenBlock(rlp: Uint8Array): GivenBlock {
  const decoded = decodeBlock(rlp)
  if (!decoded.ok) throw nodeError(`could not decode block: ${decoded.message}`)
  const { header, transactions } = decoded.block
  if (header.number === 0n) throw nodeError('genesis is not traceable')
  return {
    ...header,
    ...{ excessBlobGas: header.excessBlobGas, parentBeaconBlockRoot: header.parentBeaconBlockRoot },
    baseFeePerGas: header.baseFeePerGas ?? 0n,
    hash: headerHash(header),
    transactions: [...transactions],
  }
}
