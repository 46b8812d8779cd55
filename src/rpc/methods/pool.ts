import { maxFeePerGas } from '../../protocol/index.ts'
import type { ViewPooledTransaction } from '../ChainView.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { parseAddress } from '../params.ts'
import { pooledTransactionJson } from '../shapes/index.ts'

/**
 * What waits. A transaction that can run is executed at once, so `pending` has only those whose fee cap is below the base
 * fee; `queued` are those behind a gap of nonces (go-ethereum, txpool).
 */
export const POOL_METHODS: Record<string, Method> = {
  txpool_status: method([], async (context) => {
    const { pending, queued } = await waiting(context)
    return { pending: hexQuantity(pending.length), queued: hexQuantity(queued.length) }
  }),
  txpool_content: method([], async (context) => {
    const { pending, queued } = await waiting(context)
    return {
      pending: bySender(pending, pooledTransactionJson),
      queued: bySender(queued, pooledTransactionJson),
    }
  }),
  txpool_contentFrom: method([required('address', parseAddress)], async (context, address) => {
    const { pending, queued } = await waiting(context)
    const sender = hexData(address)
    return {
      pending: bySender(pending, pooledTransactionJson)[sender] ?? {},
      queued: bySender(queued, pooledTransactionJson)[sender] ?? {},
    }
  }),
  txpool_inspect: method([], async (context) => {
    const { pending, queued } = await waiting(context)
    return { pending: bySender(pending, summary), queued: bySender(queued, summary) }
  }),
}

/** Each sender's transactions follow one another by nonce. */
async function waiting({
  view,
}: RpcContext): Promise<{ pending: ViewPooledTransaction[]; queued: ViewPooledTransaction[] }> {
  const state = await view.stateAt('latest')
  const pending: ViewPooledTransaction[] = []
  const queued: ViewPooledTransaction[] = []
  let sender = ''
  let next = 0n
  for (const pooled of inOrder(view.pooledTransactions())) {
    const { nonce } = pooled.tx
    if (hexData(pooled.sender) !== sender) {
      sender = hexData(pooled.sender)
      next = (await state?.nonce(pooled.sender)) ?? 0n
    }
    if (nonce !== next) {
      queued.push(pooled)
      continue
    }
    pending.push(pooled)
    next++
  }
  return { pending, queued }
}

function inOrder(transactions: Iterable<ViewPooledTransaction>): ViewPooledTransaction[] {
  const keyed = Array.from(transactions, (pooled) => ({ pooled, sender: hexData(pooled.sender) }))
  keyed.sort((a, b) => {
    if (a.sender !== b.sender) return a.sender < b.sender ? -1 : 1
    return a.pooled.tx.nonce < b.pooled.tx.nonce ? -1 : 1
  })
  return keyed.map(({ pooled }) => pooled)
}

/** By sender, then by nonce in decimal. */
function bySender<T>(
  transactions: readonly ViewPooledTransaction[],
  shape: (pooled: ViewPooledTransaction) => T,
): Record<string, Record<string, T>> {
  const result: Record<string, Record<string, T>> = {}
  for (const pooled of transactions) {
    const sender = hexData(pooled.sender)
    result[sender] ??= {}
    result[sender][pooled.tx.nonce.toString()] = shape(pooled)
  }
  return result
}

function summary({ tx }: ViewPooledTransaction): string {
  const to = tx.to === undefined ? 'contract creation' : hexData(tx.to)
  return `${to}: ${tx.value} wei + ${tx.gasLimit} gas × ${maxFeePerGas(tx)} wei`
}
