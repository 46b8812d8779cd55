import { encodeUnsigned, type Transaction } from '../../protocol/index.ts'
import { type CallParams, parseCall } from '../callParams.ts'
import { feeCapOf } from '../callPrice.ts'
import { callRequest } from '../callRequest.ts'
import { nodeError } from '../errors.ts'
import { estimateGas } from '../estimateGas.ts'
import { hexData } from '../format.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { unsignedJson } from '../shapes/index.ts'

/** Completes what others will sign. */
export const FILL_METHODS: Record<string, Method> = {
  eth_fillTransaction: method([required('transaction', parseCall)], (context, call) => {
    const transaction = fillTransaction(context, call)
    return { raw: hexData(encodeUnsigned(transaction)), tx: unsignedJson(transaction) }
  }),
}

/** The call as a transaction; what it leaves out is the node's choice (go-ethereum, TransactionArgs.setDefaults). */
export function fillTransaction(context: RpcContext, call: CallParams): Transaction {
  const { view } = context
  if (call.to === undefined && call.data.length === 0)
    throw nodeError('contract creation without any data provided')
  if (call.blobVersionedHashes !== undefined) throw nodeError('this chain takes no blob transactions')
  const fees = feesOf(context, call)
  const number = view.headNumber
  const request = callRequest(context, { call, number, stateOverrides: [], blockOverrides: {} })
  const feeCap = feeCapOf(call)
  const common = {
    chainId: view.chainId,
    nonce: call.nonce ?? view.pendingNonce(request.from),
    gasLimit: call.gas ?? estimateGas(context, request, { number, requestedGas: undefined, feeCap }),
    ...{ to: call.to, value: request.value, data: call.data },
    ...{ yParity: 0 as const, r: 0n, s: 0n },
  }
  if ('gasPrice' in fees)
    return call.accessList.length > 0
      ? { type: 1, ...common, ...fees, accessList: call.accessList }
      : { type: 0, ...common, ...fees }
  const market = { ...common, ...fees, accessList: call.accessList }
  if (call.authorizations === undefined) return { type: 2, ...market }
  if (call.to === undefined) throw nodeError('missing "to" in set code transaction')
  return { type: 4, ...market, to: call.to, authorizationList: call.authorizations }
}

type Fees = { gasPrice: bigint } | { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }

function feesOf({ view, limits }: RpcContext, call: CallParams): Fees {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = call
  if (gasPrice !== undefined) {
    if (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined)
      throw nodeError('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
    return { gasPrice }
  }
  const tip = maxPriorityFeePerGas ?? limits.suggestedPriorityFeeWei
  // The base fee may double before it is mined.
  const cap = maxFeePerGas ?? tip + 2n * view.nextBaseFee()
  if (cap < tip) throw nodeError(`maxFeePerGas (${cap}) < maxPriorityFeePerGas (${tip})`)
  return { maxFeePerGas: cap, maxPriorityFeePerGas: tip }
}
