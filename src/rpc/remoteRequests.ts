import { blockNumberOf } from './blockSelection.ts'
import type { ChainView } from './ChainView.ts'
import { isObject, parseBlock, parseHash } from './params.ts'
import { RawJson } from './RawJson.ts'
import type { RemoteView } from './RemoteView.ts'

/**
 * What decides whether a request is one about the remote's blocks: the block that a parameter names, with what is in it or
 * with the state after it, or the hash of a transaction. The state after the fork's own block is this chain's: it has the
 * developers' accounts.
 */
type Subject = { what: 'block' | 'state' | 'transaction'; at: number }

const block = (at: number): Subject => ({ what: 'block', at })
const state = (at: number): Subject => ({ what: 'state', at })
const transaction = (at: number): Subject => ({ what: 'transaction', at })

const SUBJECTS: Readonly<Record<string, Subject>> = {
  eth_getBlockByNumber: block(0),
  eth_getBlockByHash: block(0),
  eth_getHeaderByNumber: block(0),
  eth_getHeaderByHash: block(0),
  eth_getBlockReceipts: block(0),
  eth_getBlockTransactionCountByNumber: block(0),
  eth_getBlockTransactionCountByHash: block(0),
  eth_getTransactionByBlockNumberAndIndex: block(0),
  eth_getTransactionByBlockHashAndIndex: block(0),
  eth_getRawTransactionByBlockNumberAndIndex: block(0),
  eth_getRawTransactionByBlockHashAndIndex: block(0),
  eth_getUncleCountByBlockNumber: block(0),
  eth_getUncleCountByBlockHash: block(0),
  eth_getUncleByBlockNumberAndIndex: block(0),
  eth_getUncleByBlockHashAndIndex: block(0),
  debug_getRawBlock: block(0),
  debug_getRawHeader: block(0),
  debug_getRawReceipts: block(0),
  debug_executionWitness: block(0),
  debug_executionWitnessByHash: block(0),
  debug_traceBlockByNumber: block(0),
  debug_traceBlockByHash: block(0),
  trace_block: block(0),
  trace_replayBlockTransactions: block(0),
  ots_getBlockDetails: block(0),
  ots_getBlockTransactions: block(0),
  eth_getTransactionByHash: transaction(0),
  eth_getTransactionReceipt: transaction(0),
  eth_getRawTransactionByHash: transaction(0),
  debug_getRawTransaction: transaction(0),
  debug_traceTransaction: transaction(0),
  trace_transaction: transaction(0),
  trace_replayTransaction: transaction(0),
  trace_get: transaction(0),
  eth_feeHistory: state(1),
  eth_getBalance: state(1),
  eth_getCode: state(1),
  eth_getTransactionCount: state(1),
  eth_getStorageAt: state(2),
  eth_getProof: state(2),
  eth_call: state(1),
  eth_estimateGas: state(1),
  eth_createAccessList: state(1),
  debug_traceCall: state(1),
  trace_call: state(2),
}

/** The answer of the remote, where a request is about its blocks; undefined where it is about this chain's. */
export function askRemote(
  { view, remote }: { view: ChainView; remote: RemoteView },
  method: string,
  params: unknown,
): Promise<RawJson> | undefined {
  const subject = SUBJECTS[method]
  if (subject === undefined || !Array.isArray(params)) return undefined
  const given: unknown = params[subject.at]
  if (given === undefined || given === null || !isRemote(view, remote, subject.what, given)) return undefined
  return answerOf(remote, method, params)
}

async function answerOf(remote: RemoteView, method: string, params: unknown[]): Promise<RawJson> {
  const text = await remote.request(method, params)
  // The remote may have gone on: what it has made since is not of this chain.
  return new RawJson(isAfter(remote.blockNumber, text) ? 'null' : text)
}

function isRemote(
  view: ChainView,
  { blockNumber }: RemoteView,
  what: Subject['what'],
  given: unknown,
): boolean {
  try {
    if (what === 'transaction') {
      const hash = parseHash(given)
      return view.getTransaction(hash) === undefined && view.getPooledTransaction(hash) === undefined
    }
    const named = parseBlock(given)
    if (typeof named === 'object' && 'hash' in named) {
      const found = view.getBlock(named)
      return found === undefined || (what === 'block' && found.number <= blockNumber)
    }
    const number = blockNumberOf(view, named)
    return number < blockNumber || (what === 'block' && number === blockNumber)
  } catch {
    return false // the method itself says what is wrong with it
  }
}

/** Whether a result, or the first of a list, says that it stands in a later block. */
function isAfter(blockNumber: bigint, text: string): boolean {
  const result: unknown = JSON.parse(text)
  const first: unknown = Array.isArray(result) ? result[0] : result
  if (!isObject(first)) return false
  const number = first.blockNumber ?? first.number
  return typeof number === 'string' && /^0x[0-9a-f]+$/i.test(number) && BigInt(number) > blockNumber
}
