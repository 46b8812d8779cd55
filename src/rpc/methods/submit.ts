import { keccak256 } from '../../kernels/index.ts'
import { decodeTransaction } from '../../protocol/index.ts'
import type { ChainView } from '../ChainView.ts'
import { ERROR_CODES, nodeError, RpcError } from '../errors.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { type Parser, parseData } from '../params.ts'
import { type ReceiptJson, transactionReceiptJson } from '../shapes/index.ts'
import type { SubmitOutcome } from '../TransactionIntake.ts'

/** A number of milliseconds, plain or as a quantity; EIP-7966 wants the default for anything else. */
const parseTimeout: Parser<number | undefined> = (value) => {
  const isQuantity = typeof value === 'string' && /^0x[0-9a-fA-F]{1,8}$/.test(value)
  const timeoutMs = isQuantity ? Number(value) : value
  return Number.isSafeInteger(timeoutMs) && (timeoutMs as number) > 0 ? (timeoutMs as number) : undefined
}

const PIPELINED = { pipelined: true }

/** Takes transactions. */
export const SUBMIT_METHODS: Record<string, Method> = {
  eth_sendRawTransaction: method(
    [required('transaction', parseData)],
    async ({ view }, raw) => {
      const outcome = await view.submit(raw)
      if (outcome.kind === 'refused') throw nodeError(outcome.message)
      return hexData(outcome.hash)
    },
    PIPELINED,
  ),
  eth_sendRawTransactionSync: method(
    [required('transaction', parseData), optional('timeoutMs', parseTimeout)],
    (context, raw, timeoutMs = context.limits.syncTimeoutMs) =>
      receiptOf(context, raw, context.view.submit(raw), { timeoutMs, timeoutError: syncTimeout }),
    PIPELINED,
  ),
  realtime_sendRawTransaction: method(
    [required('transaction', parseData), optional('timeoutMs', parseTimeout)],
    (context, raw, timeoutMs = context.limits.maxSyncTimeoutMs) =>
      receiptOf(context, raw, context.view.submit(raw), { timeoutMs, timeoutError: realtimeTimeout }),
    PIPELINED,
  ),
}

function realtimeTimeout(): RpcError {
  return nodeError('realtime transaction expired')
}

/** EIP-7966. */
export function syncTimeout(raw: Uint8Array, timeoutMs: number): RpcError {
  return new RpcError(
    ERROR_CODES.syncTimeout,
    `The transaction was added to the mempool but wasn't processed in ${timeoutMs}ms.`,
    hexData(keccak256(raw)),
  )
}

type Patience = { timeoutMs: number; timeoutError: (raw: Uint8Array, timeoutMs: number) => RpcError }

/** The receipt of what was submitted, once it is executed (EIP-7966). */
export function receiptOf(
  { view, limits, hub }: RpcContext,
  raw: Uint8Array,
  submission: Promise<SubmitOutcome>,
  { timeoutMs: requestedMs, timeoutError }: Patience,
): Promise<ReceiptJson> {
  const timeoutMs = Math.min(requestedMs, limits.maxSyncTimeoutMs)
  return new Promise((resolve, reject) => {
    let settled = false
    let stopWaiting: (() => void) | undefined
    const settle = (action: () => void): void => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      stopWaiting?.()
      action()
    }
    const fail = (error: unknown): void => settle(() => reject(error))
    const timer = setTimeout(() => fail(timeoutError(raw, timeoutMs)), timeoutMs)
    const resolveIfVisible = (hash: Uint8Array): void => {
      try {
        const executed = view.getTransaction(hash)
        if (executed === undefined) return
        const receipt = transactionReceiptJson(executed, view)
        settle(() => resolve(receipt))
      } catch (error) {
        fail(error)
      }
    }
    const onOutcome = (outcome: SubmitOutcome): void => {
      if (outcome.kind === 'executed') {
        resolveIfVisible(outcome.hash)
        // Executed, but this view doesn't show it yet.
        if (!settled) stopWaiting = hub.on('executed', () => resolveIfVisible(outcome.hash))
      } else if (outcome.kind === 'queued') {
        fail(notExecuted(raw, outcome))
      } else {
        // What was executed before gets the same receipt again.
        resolveIfVisible(keccak256(raw))
        if (!settled) refusal(view, raw, outcome.message).then(fail, fail)
      }
    }
    submission.then(onOutcome, fail)
  })
}

/** What waits in the pool already gets the same answer again. */
async function refusal(view: ChainView, raw: Uint8Array, message: string): Promise<RpcError> {
  const hash = keccak256(raw)
  const pooled = view.getPooledTransaction(hash)
  if (pooled === undefined) return nodeError(message)
  return notExecuted(raw, { kind: 'queued', hash, expectedNonce: await view.pendingNonce(pooled.sender) })
}

/** EIP-7966's errors for what is accepted but not executed at once. */
function notExecuted(raw: Uint8Array, outcome: Extract<SubmitOutcome, { kind: 'queued' }>): RpcError {
  const decoded = decodeTransaction(raw)
  if (decoded.ok && decoded.transaction.nonce > outcome.expectedNonce) {
    return new RpcError(
      ERROR_CODES.syncNonceGap,
      `nonce gap detected: expected nonce ${outcome.expectedNonce}, got ${decoded.transaction.nonce}; ` +
        'the transaction waits in the pool',
      hexQuantity(outcome.expectedNonce),
    )
  }
  return new RpcError(
    ERROR_CODES.syncNotReady,
    "The transaction was added to the mempool but can't be executed now (fees or funds).",
    hexData(outcome.hash),
  )
}
