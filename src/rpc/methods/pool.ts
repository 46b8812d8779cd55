import { equalBytes } from '../../lib/index.ts'
import { maxFeePerGas } from '../../protocol/index.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { parseAddress } from '../params.ts'
import { pooledTransactionJson } from '../shapes/index.ts'
import type { ViewPooledTransaction } from '../ViewBlock.ts'

/**
 * What waits. A transaction that can run is executed at once, so `pending` has only those whose fee cap is below the base
 * fee; `queued` are those behind a gap of nonces (go-ethereum, txpool).
 */
export const POOL_METHODS: Record<string, Method> = {
  eth_pendingTransactions: method([], (context) => ofOwnAccounts(context).map(pooledTransactionJson)),
  txpool_status: method([], (context) => {
    const { pending, queued } = waiting(context)
    return { pending: hexQuantity(pending.length), queued: hexQuantity(queued.length) }
  }),
  txpool_content: method([], (context) => {
    const { pending, queued } = waiting(context)
    return {
      pending: bySender(pending, pooledTransactionJson),
      queued: bySender(queued, pooledTransactionJson),
    }
  }),
  txpool_contentFrom: method([required('address', parseAddress)], (context, address) => {
    const { pending, queued } = waiting(context, address)
    const sender = hexData(address)
    return {
      pending: bySender(pending, pooledTransactionJson)[sender] ?? {},
      queued: bySender(queued, pooledTransactionJson)[sender] ?? {},
    }
  }),
  txpool_inspect: method([], (context) => {
    const { pending, queued } = waiting(context)
    return { pending: bySender(pending, summary), queued: bySender(queued, summary) }
  }),
}

/** Of the accounts that the node signs for. */
function ofOwnAccounts({ view }: RpcContext): ViewPooledTransaction[] {
  const own = new Set((view.dev?.accounts.addresses ?? []).map(hexData))
  return inOrder(view.pooledTransactions()).filter(({ sender }) => own.has(hexData(sender)))
}

type Waiting = { pending: ViewPooledTransaction[]; queued: ViewPooledTransaction[] }

/** Of one sender, or of all; each sender's transactions follow one another by nonce. */
function waiting({ view }: RpcContext, from?: Uint8Array): Waiting {
  const state = view.stateAt('latest')
  const pending: ViewPooledTransaction[] = []
  const queued: ViewPooledTransaction[] = []
  let sender = ''
  let next = 0n
  for (const pooled of inOrder(ofSender(view.pooledTransactions(), from))) {
    const { nonce } = pooled.tx
    if (hexData(pooled.sender) !== sender) {
      sender = hexData(pooled.sender)
      next = state?.nonce(pooled.sender) ?? 0n
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

function ofSender(
  transactions: Iterable<ViewPooledTransaction>,
  from: Uint8Array | undefined,
): Iterable<ViewPooledTransaction> {
  if (from === undefined) return transactions
  return Array.from(transactions).filter(({ sender }) => equalBytes(sender, from))
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
