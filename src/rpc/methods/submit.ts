import { keccak256 } from '../../kernels/index.ts'
import { decodeTransaction } from '../../protocol/index.ts'
import type { SubmitOutcome } from '../ChainView.ts'
import { ERROR_CODES, nodeError, RpcError } from '../errors.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { type Parser, parseData } from '../params.ts'
import { type ReceiptJson, receiptJson } from '../shapes/index.ts'

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
    (context, raw, timeoutMs) => sendSync(context, raw, timeoutMs, syncTimeout),
    PIPELINED,
  ),
  realtime_sendRawTransaction: method(
    [required('transaction', parseData), optional('timeoutMs', parseTimeout)],
    (context, raw, timeoutMs) =>
      sendSync(context, raw, timeoutMs, () => nodeError('realtime transaction expired')),
    PIPELINED,
  ),
}

function syncTimeout(raw: Uint8Array, timeoutMs: number): RpcError {
  return new RpcError(
    ERROR_CODES.syncTimeout,
    `The transaction was added to the mempool but wasn't processed in ${timeoutMs}ms.`,
    hexData(keccak256(raw)),
  )
}

/** Submits and gives the receipt (EIP-7966). */
function sendSync(
  { view, limits, hub }: RpcContext,
  raw: Uint8Array,
  requestedMs: number | undefined,
  timeoutError: (raw: Uint8Array, timeoutMs: number) => RpcError,
): Promise<ReceiptJson> {
  const timeoutMs = Math.min(requestedMs ?? limits.syncTimeoutMs, limits.maxSyncTimeoutMs)
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
        const receipt = receiptJson(executed.block, executed.index, view)
        settle(() => resolve(receipt))
      } catch (error) {
        fail(error)
      }
    }
    const onOutcome = (outcome: SubmitOutcome): void => {
      if (outcome.kind === 'executed') resolveIfVisible(outcome.hash)
      else fail(notExecuted(raw, outcome))
      // Executed, but this view doesn't show it yet.
      if (!settled && outcome.kind === 'executed')
        stopWaiting = hub.onExecuted(() => resolveIfVisible(outcome.hash))
    }
    view.submit(raw).then(onOutcome, fail)
  })
}

/** EIP-7966's errors for what is accepted but not executed at once, and the ordinary one for what is refused. */
function notExecuted(raw: Uint8Array, outcome: Exclude<SubmitOutcome, { kind: 'executed' }>): RpcError {
  if (outcome.kind === 'refused') return nodeError(outcome.message)
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
