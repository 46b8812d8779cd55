import { nextTurn } from '../lib/index.ts'
import { type LogPlace, logPlaces, TOPIC_STRIDE } from '../protocol/index.ts'
import type { ChainView } from './ChainView.ts'
import { FinalLogs, type FinalTexts } from './FinalTexts.ts'
import type { LogPage } from './LogPage.ts'
import type { LogQuery } from './LogQuery.ts'
import { LogWriter, partOfBlock, totalsOf } from './shapes/index.ts'
import type { ViewBlockPart } from './ViewBlock.ts'

/** A log's place in the chain: the block's number, and the position among all logs of the block. */
export type LogPosition = { block: bigint; logIndex: number }
/** Logs from one position on, up to another, which is not among them. */
export type LogRange = { from: LogPosition; end: LogPosition }

/** Where logs are looked for, and where those are remembered that don't change any more. */
type Searched = { view: ChainView; texts?: FinalTexts }

/** Of a longer answer no more is remembered: it would drive everything else out. */
const REMEMBERED_LOGS = 1000
/** After so many steps of a search other requests get their turn. */
const STEPS_PER_TURN = 64

/** Behind all logs of the chain. */
export function headPosition(view: ChainView): LogPosition {
  const block = view.headNumber
  const head = view.getBlock({ number: block })
  const count = head?.transactions.length ?? 0
  return { block, logIndex: count === 0 ? 0 : totalsOf(head!, count - 1).logsAfter }
}

/** Of the blocks `from` to `to`, both whole. */
export function rangeOfBlocks(from: bigint, to: bigint): LogRange {
  return { from: { block: from, logIndex: 0 }, end: { block: to + 1n, logIndex: 0 } }
}

/**
 * Puts the matching logs of a range on a page, in order and in turns. Gives the position of the first one for which there
 * is no room; undefined when all are there.
 */
export async function searchLogs(
  searched: Searched,
  query: LogQuery,
  range: LogRange,
  page: LogPage,
): Promise<LogPosition | undefined> {
  const last = range.end.logIndex > 0 ? range.end.block : range.end.block - 1n
  let steps = 0
  for (const part of searched.view.findLogs(query, range.from.block, last)) {
    const next = part === undefined ? undefined : addLogs(part, query, { searched, range, page })
    if (next !== undefined) return next
    if (++steps % STEPS_PER_TURN === 0) await nextTurn()
  }
  return undefined
}

/** As {@link searchLogs}, of one block. */
export function searchBlock(
  searched: Searched,
  query: LogQuery,
  { hash, from, page }: { hash: Uint8Array; from: LogPosition | undefined; page: LogPage },
): LogPosition | 'unknown' | undefined {
  const block = searched.view.getBlock({ hash })
  if (block === undefined) return 'unknown'
  const range = rangeOfBlocks(block.number, block.number)
  const whole = partOfBlock(block, { first: 0, end: block.transactions.length })
  return addLogs(whole, query, { searched, range: { ...range, from: from ?? range.from }, page })
}

function addLogs(
  part: ViewBlockPart,
  query: LogQuery,
  { searched, range: { from, end }, page }: { searched: Searched; range: LogRange; page: LogPage },
): LogPosition | undefined {
  const known = FinalLogs.of(searched, part)
  const first = part.number === from.block ? from.logIndex : 0
  const limit = part.number === end.block ? end.logIndex : Number.POSITIVE_INFINITY
  let logIndex = part.logsBefore
  let index = part.firstIndex
  for (const transaction of part.transactions) {
    let writer: LogWriter | undefined
    for (const place of logPlaces(transaction.receipt)) {
      const at = logIndex++
      if (at < first || at >= limit || !matches(transaction.receipt, place, query)) continue
      let text = known?.get(at)
      if (text === undefined) {
        writer ??= new LogWriter(part, transaction, index, place)
        text = writer.text(place, at)
        if (page.count < REMEMBERED_LOGS) known?.set(at, text)
      }
      if (!page.add(text)) return { block: part.number, logIndex: at }
    }
    index++
  }
  return undefined
}

function matches(receipt: Uint8Array, place: LogPlace, { addresses, topics }: LogQuery): boolean {
  if (topics.length > place.topicCount) return false
  if (addresses.length > 0 && !addresses.some((each) => isAt(receipt, place.addressAt, each))) return false
  return topics.every((some, i) => {
    const at = place.firstTopicAt + i * TOPIC_STRIDE
    return some.length === 0 || some.some((topic) => isAt(receipt, at, topic))
  })
}

function isAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}
