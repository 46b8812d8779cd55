import { equalBytes, nextTurn } from '../lib/index.ts'
import { createdAddress } from '../protocol/index.ts'
import { stateOf } from './blockSelection.ts'
import type { ChainView } from './ChainView.ts'
import { ERROR_CODES, nodeError, RpcError } from './errors.ts'
import type { RpcContext } from './method.ts'
import { decodeExecuted, decodeOwnReceipt } from './shapes/index.ts'
import type { ViewBlock, ViewTransaction } from './ViewBlock.ts'

/** A search works so long before others have their turn. */
const TURN_MS = 2

export type Found = { block: ViewBlock; index: number }

/** A page of an address's transactions. */
export type SearchPage = {
  found: Found[]
  /** No kept block beyond the page has more. */
  isEnd: boolean
}

/**
 * Transactions that an address has sent, received, was made by, or has logged something in; block by block, from `start` on
 * towards older ones (`step` -1) or newer ones (1). There is no index of them: who calls the address inside a transaction
 * without a log isn't found. Blocks are taken whole: a page may be longer than `pageSize`.
 *
 * @throws RpcError -32005 when it takes too long.
 */
export async function searchTransactions(
  { view, limits }: RpcContext,
  address: Uint8Array,
  { start, step, pageSize }: { start: bigint; step: 1n | -1n; pageSize: number },
): Promise<SearchPage> {
  const endMs = performance.now() + limits.searchTimeoutMs
  let turnEndMs = performance.now() + TURN_MS
  const found: Found[] = []
  for (let number = start; isKept(view, number); number += step) {
    const block = view.getBlock({ number })
    if (block !== undefined) found.push(...transactionsWith(block, address))
    if (found.length >= pageSize) return { found, isEnd: !isKept(view, number + step) }
    const now = performance.now()
    if (now > endMs)
      throw new RpcError(ERROR_CODES.limitExceeded, `the search took too long at block ${number}`)
    if (now < turnEndMs) continue
    await nextTurn()
    turnEndMs = performance.now() + TURN_MS
  }
  return { found, isEnd: true }
}

function isKept(view: ChainView, number: bigint): boolean {
  return number >= view.firstNumber && number <= view.headNumber
}

function transactionsWith(block: ViewBlock, address: Uint8Array): Found[] {
  const found: Found[] = []
  let index = 0
  for (const transaction of block.transactions) {
    if (concerns(transaction, address)) found.push({ block, index })
    index++
  }
  return found
}

function concerns({ sender, raw, receipt }: ViewTransaction, address: Uint8Array): boolean {
  if (equalBytes(sender, address)) return true
  const { to, nonce } = decodeExecuted(raw)
  if (equalBytes(to ?? createdAddress(sender, nonce), address)) return true
  return decodeOwnReceipt(receipt).logs.some((log) => equalBytes(log.address, address))
}

/**
 * The first block from `low` to `high` after which `holds`, which never ceases to hold; undefined if it holds after none, or
 * after the one before `low` already.
 */
function firstBlockWith(low: bigint, high: bigint, holds: (number: bigint) => boolean): bigint | undefined {
  if (!holds(high)) return undefined
  let no = low - 1n
  let yes = high
  while (yes - no > 1n) {
    const middle = (no + yes) / 2n
    if (holds(middle)) yes = middle
    else no = middle
  }
  return yes
}

/**
 * The block that brought what holds now; undefined if it doesn't.
 *
 * @throws RpcError -32000 when it is older than the states that are kept.
 */
export function firstKept(view: ChainView, holds: (number: bigint) => boolean): bigint | undefined {
  const oldest = view.firstStateNumber
  const number = firstBlockWith(oldest, view.headNumber, holds)
  if (number === oldest && oldest > 0n)
    throw nodeError(`it was before block ${oldest}, the oldest whose state this node keeps`)
  return number
}

/** An executed transaction by its sender and nonce. @throws RpcError as {@link firstKept}. */
export function transactionOfNonce(view: ChainView, sender: Uint8Array, nonce: bigint): Found | undefined {
  const hasPassed = (number: bigint) => stateOf(view, { number }).nonce(sender) > nonce
  const number = firstKept(view, hasPassed)
  const block = number === undefined ? undefined : view.getBlock({ number })
  if (block === undefined) return undefined
  const isIt = (transaction: ViewTransaction) =>
    equalBytes(transaction.sender, sender) && decodeExecuted(transaction.raw).nonce === nonce
  const index = Array.from(block.transactions).findIndex(isIt)
  return index < 0 ? undefined : { block, index }
}
