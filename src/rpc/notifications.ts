import type { AccountTrail } from './AccountTrail.ts'
import type { ChainEvent, ChainView, RewindEvent } from './ChainView.ts'
import { hexData, hexQuantity } from './format.ts'
import type { LogQuery } from './LogQuery.ts'
import type { AccountFields, OpenMiniBlock, ViewHead, ViewMiniBlock } from './MiniBlockView.ts'
import type { SharedText } from './SharedText.ts'
import { resultText } from './Subscription.ts'
import {
  accountNotificationJson,
  collectLogs,
  headerJson,
  type LogJson,
  miniBlockJson,
  partOfBlock,
  type ReceiptJson,
  receiptJson,
  stateChangesJson,
} from './shapes/index.ts'
import { type AccountChanges, changesOfAll } from './stateChanges.ts'
import type { ReplayedTopic, Topic } from './topics.ts'
import type { ViewBlock } from './ViewBlock.ts'

/** Logs that a subscriber is told to be taken back by one rewind. */
const REMOVED_LOGS_LIMIT = 10_000

/** Results of one event: each is written once, however many get it. */
export class ResultCache {
  readonly #values = new Map<string, unknown>()

  get<T>(key: string, make: () => T): T {
    if (!this.#values.has(key)) this.#values.set(key, make())
    return this.#values.get(key) as T
  }
}

/** Results for those who follow the chain as it goes. */
export function resultsOf(
  event: ChainEvent,
  topic: ReplayedTopic,
  { view, cache }: { view: ChainView; cache: ResultCache },
): SharedText[] {
  if (event.kind === 'executed' && topic.kind === 'logs') {
    const { block, firstTransactionIndex, count } = event
    return logsJson(block, { first: firstTransactionIndex, count }, topic)
  }
  if (event.kind === 'rewind') return rewindResults(event, topic, cache)
  if (event.kind === 'sealed' && topic.kind === 'newHeads') return [cache.get('head', () => headJson(event))]
  if (event.kind !== 'miniBlock') return []
  const { miniBlock } = event
  if (topic.kind === 'miniBlocks') {
    return [cache.get('miniBlock', () => resultText(miniBlockJson(miniBlock, view)))]
  }
  if (topic.kind === 'transactionReceipts') {
    const { hashes } = topic
    const make = (): SharedText[] => receiptsJson(miniBlock, hashes, view)
    return hashes === undefined ? cache.get('receipts', make) : make()
  }
  if (topic.kind !== 'stateChanges') return []
  const { addresses } = topic
  if (addresses === undefined) return [cache.get('changes', () => resultText(stateChangesJson(miniBlock)))]
  const changes = cache.get('byAddress', () => changesOfAll(miniBlock.chunks))
  return watched(changes, addresses).map(([name, each]) =>
    cache.get(name, () => accountJson(each, miniBlock, view.miniBlocks.fieldsNow(each.address))),
  )
}

/** The head is told again, and the logs behind it are taken back, as go-ethereum does in a reorganisation. */
function rewindResults(event: RewindEvent, topic: ReplayedTopic, cache: ResultCache): SharedText[] {
  if (topic.kind === 'newHeads') return [cache.get('head', () => headJson(event))]
  return topic.kind === 'logs' ? droppedLogs(event, topic.filter, REMOVED_LOGS_LIMIT).map(resultText) : []
}

/** The logs that a rewind takes back, oldest first; no more than `limit`. */
export function droppedLogs({ dropped }: RewindEvent, query: LogQuery, limit: number): LogJson[] {
  const found: LogJson[] = []
  for (const block of dropped()) {
    collectLogs(partOfBlock(block, { first: 0, end: block.transactions.length }), query, found)
    if (found.length >= limit) break
  }
  return found.slice(0, limit).map((log) => ({ ...log, removed: true }))
}

/** Results for those who are behind, of a whole mini-block. */
export function resultsOfMiniBlock(
  miniBlock: ViewMiniBlock,
  topic: ReplayedTopic,
  { view, trail }: { view: ChainView; trail: AccountTrail | undefined },
): SharedText[] {
  if (topic.kind === 'newHeads' || topic.kind === 'logs') return resultsOfOpen(miniBlock, topic)
  if (topic.kind === 'miniBlocks') return [resultText(miniBlockJson(miniBlock, view))]
  if (topic.kind === 'transactionReceipts') return receiptsJson(miniBlock, topic.hashes, view)
  if (topic.addresses === undefined) return [resultText(stateChangesJson(miniBlock))]
  const results: SharedText[] = []
  for (const [, changes] of watched(changesOfAll(miniBlock.chunks), topic.addresses))
    results.push(accountJson(changes, miniBlock, trail?.follow(changes)))
  return results
}

/** What is told before a mini-block is sealed, of what was executed of it so far. */
export function resultsOfOpen(
  { block, firstTransactionIndex, transactionCount, heads }: OpenMiniBlock,
  topic: ReplayedTopic,
): SharedText[] {
  if (topic.kind === 'newHeads') return heads.map(headJson)
  if (topic.kind !== 'logs' || block === undefined) return []
  return logsJson(block, { first: firstTransactionIndex, count: transactionCount }, topic)
}

/** MegaETH's newHeads has the number of mini-blocks besides. */
function headJson({ block, miniBlockCount }: ViewHead): SharedText {
  return resultText({ ...headerJson(block), miniBlockCount: hexQuantity(miniBlockCount) })
}

function logsJson(
  block: ViewBlock,
  { first, count }: { first: number; count: number },
  { filter }: Extract<Topic, { kind: 'logs' }>,
): SharedText[] {
  const found: LogJson[] = []
  collectLogs(partOfBlock(block, { first, end: first + count }), filter, found)
  return found.map(resultText)
}

/** All of a mini-block that are wanted, together; nothing where there are none (go-ethereum, of a block). */
function receiptsJson(
  { number, block, firstTransactionIndex, transactionCount }: ViewMiniBlock,
  hashes: ReadonlySet<string> | undefined,
  view: ChainView,
): SharedText[] {
  const receipts: ReceiptJson[] = []
  for (let i = firstTransactionIndex; i < firstTransactionIndex + transactionCount; i++) {
    if (hashes !== undefined && !hashes.has(hexData(block.transactions.at(i)!.hash))) continue
    receipts.push({ ...receiptJson(block, i, view), miniBlock: hexQuantity(number) })
  }
  return receipts.length === 0 ? [] : [resultText(receipts)]
}

function watched(
  changes: ReadonlyMap<string, AccountChanges>,
  addresses: ReadonlySet<string>,
): [string, AccountChanges][] {
  return [...changes].filter(([name]) => addresses.has(name))
}

function accountJson(
  changes: AccountChanges,
  miniBlock: ViewMiniBlock,
  unchanged: AccountFields | undefined,
): SharedText {
  return resultText(accountNotificationJson(changes, miniBlock, unchanged))
}
