import { batch, computed, effect, signal, untracked } from '@preact/signals'
import { toNumber, toQuantity } from '../lib/hex.ts'
import { withNewest } from '../lib/newest.ts'
import { RateMeter, type Second } from '../lib/RateMeter.ts'
import { Samples } from '../lib/Samples.ts'
import type { RpcBlock, RpcHeader, RpcMiniBlock } from '../rpc/index.ts'
import { isVisible, preciseNow } from './clock.ts'
import { facts } from './facts.ts'
import { epoch, node, requestAll } from './node.ts'
import {
  type BlockSummary,
  blockSummary,
  type MiniBlockSummary,
  miniBlockSummary,
  type TransactionSummary,
  transactionSummary,
} from './summaries.ts'
import { takeReceived } from './traffic.ts'

/** What is kept of the stream: as much as a page shows. */
export const SHOWN_MINI_BLOCKS = 64
const SHOWN_BLOCKS = 12
const SHOWN_TRANSACTIONS = 30
/** How far back the charts go. */
export const CHART_SECONDS = 120
const LATENCY_SAMPLES = 2_000

/** The page is drawn anew at most so often, whatever comes. */
const DRAW_MS = 200
/** Beyond this the stream is left, and looked into now and then instead. */
const MOST_CHARACTERS_PER_SECOND = 6_000_000
/** Below this it is taken up again. */
const STREAMED_TRANSACTIONS_PER_SECOND = 1_500
const SAMPLE_MS = 500

/** The newest first. */
export const miniBlocks = signal<readonly MiniBlockSummary[]>([])
export const blocks = signal<readonly BlockSummary[]>([])
export const transactions = signal<readonly TransactionSummary[]>([])
/** Of the newest execution step: the open block, if there is one, else the newest sealed one. */
export const headNumber = signal<number | undefined>(undefined)
export const rates = signal<{ series: readonly Second[]; mean: Second }>({
  series: [],
  mean: { transactions: 0, gas: 0 },
})
export const latency = signal<{ bars: readonly number[]; median: number; high: number; size: number }>({
  bars: [],
  median: Number.NaN,
  high: Number.NaN,
  size: 0,
})
/** More comes than is worth showing: mini-blocks are looked at now and then. */
export const isSampling = signal(false)
/** Somebody wants to look in peace. */
export const isPaused = signal(false)
/** The first lists have been read. */
export const isLoaded = signal(false)

/** Changes when the state may be another: what shows it is read again. */
export const stateVersion = computed(() => `${headNumber.value} ${transactions.value[0]?.hash}`)

const meter = new RateMeter(CHART_SECONDS + 1)
const samples = new Samples(LATENCY_SAMPLES)
/** The newest mini-block that the meter has. */
let measuredNumber = 0
let pendingMiniBlocks: MiniBlockSummary[] = []
let pendingTransactions: TransactionSummary[] = []
let pendingHeads: BlockSummary[] = []
/** The lowest block that has begun since the last drawing. */
let begunNumber = Number.POSITIVE_INFINITY

/** Begins to follow the chain; called once. */
export function followChain(): void {
  effect(() => {
    // Another chain has nothing of this one.
    if (facts.value !== undefined) untracked(forget)
  })
  effect(() => {
    const isFollowing = isVisible.value && epoch.value > 0
    if (!isFollowing || facts.value === undefined) return
    void untracked(readNewest).catch(() => {})
    const leaveHeads = node.subscribe('newHeads', ({ result }) => takeHead(result as RpcHeader))
    return leaveHeads
  })
  effect(() => {
    if (!isVisible.value || isPaused.value || facts.value === undefined) return
    if (isSampling.value) {
      const timer = setInterval(() => void sample().catch(() => {}), SAMPLE_MS)
      return () => clearInterval(timer)
    }
    return node.subscribe('miniBlocks', ({ result }) => takeMiniBlock(result as RpcMiniBlock))
  })
  setInterval(draw, DRAW_MS)
  setInterval(everySecond, 1000)
}

function forget(): void {
  pendingMiniBlocks = []
  pendingTransactions = []
  pendingHeads = []
  samples.clear()
  meter.clear()
  measuredNumber = 0
  batch(() => {
    miniBlocks.value = []
    blocks.value = []
    transactions.value = []
    headNumber.value = undefined
    isLoaded.value = false
  })
}

/** What happened before the page was there, or while nobody saw it. */
async function readNewest(): Promise<void> {
  const head = toNumber(await node.request<string>('eth_blockNumber'))
  const numbers = Array.from({ length: Math.min(SHOWN_BLOCKS + 1, head + 1) }, (_, i) => head - i)
  const [read, newest] = await Promise.all([
    requestAll<RpcBlock | null>(
      numbers.map((n) => ['eth_getBlockByNumber', [toQuantity(n), false]] as const),
    ),
    node.request<RpcMiniBlock | null>('leveret_getMiniBlock', ['latest']),
  ])
  const sealed = read.filter((block) => block !== null && block.hash !== null) as RpcBlock[]
  const earlier = newest === null ? [] : await readMiniBlocksUpTo(newest)
  for (const miniBlock of earlier) measure(miniBlockSummary(miniBlock, Number.NaN))
  batch(() => {
    blocks.value = sealed.slice(0, SHOWN_BLOCKS).map(blockSummary)
    headNumber.value = Math.max(head, headNumber.peek() ?? 0)
    miniBlocks.value = earlier
      .map((each) => miniBlockSummary(each, Number.NaN))
      .toReversed()
      .slice(0, SHOWN_MINI_BLOCKS)
    transactions.value = transactionsOfAll(earlier).toReversed().slice(0, SHOWN_TRANSACTIONS)
    isLoaded.value = true
  })
}

/** Some mini-blocks up to `newest`; that alone where they are full. */
async function readMiniBlocksUpTo(newest: RpcMiniBlock): Promise<RpcMiniBlock[]> {
  if (newest.transactions.length > 20) return [newest]
  const last = toNumber(newest.mini_block_number)
  const from = toQuantity(Math.max(1, last - SHOWN_MINI_BLOCKS + 1))
  try {
    const read = node.request<{ miniBlocks: RpcMiniBlock[] }>('leveret_getMiniBlocks', [
      from,
      toQuantity(last),
    ])
    return (await read).miniBlocks
  } catch {
    // The older ones aren't kept any more.
    return [newest]
  }
}

/** Without those of blocks that were taken back: then a block with such a number begins again. */
function transactionsOfAll(miniBlocks: readonly RpcMiniBlock[]): TransactionSummary[] {
  return miniBlocks.reduce<TransactionSummary[]>((list, miniBlock) => {
    const kept = begins(miniBlock) ? before(toNumber(miniBlock.block_number), list) : list
    return [...kept, ...transactionsOf(miniBlock)]
  }, [])
}

function begins({ index }: RpcMiniBlock): boolean {
  return toNumber(index) === 0
}

function before(blockNumber: number, list: readonly TransactionSummary[]): readonly TransactionSummary[] {
  return list.filter((transaction) => (transaction.blockNumber ?? 0) < blockNumber)
}

function transactionsOf({ transactions, receipts }: RpcMiniBlock): TransactionSummary[] {
  return transactions.map((transaction, i) => transactionSummary(transaction, receipts[i]))
}

function takeMiniBlock(miniBlock: RpcMiniBlock): void {
  const nowMs = preciseNow()
  const summary = miniBlockSummary(miniBlock, nowMs - toNumber(miniBlock.mini_block_timestamp) / 1000)
  // Two machines' clocks may differ: a message from the future tells nothing.
  if (summary.delayMs >= 0) samples.add(summary.delayMs)
  measure(summary)
  pendingMiniBlocks.push(summary)
  if (begins(miniBlock)) {
    pendingTransactions = [...before(summary.blockNumber, pendingTransactions)]
    begunNumber = Math.min(begunNumber, summary.blockNumber)
  }
  pendingTransactions.push(...transactionsOf(miniBlock).slice(-SHOWN_TRANSACTIONS))
  keepNewest()
}

/** Each once, in the second in which it was sealed. */
function measure({ number, sealedMs, transactionCount, gasUsed }: MiniBlockSummary): void {
  if (number <= measuredNumber || sealedMs < Date.now() - CHART_SECONDS * 1000) return
  measuredNumber = number
  meter.add(sealedMs, { transactions: transactionCount, gas: gasUsed })
}

function takeHead(header: RpcHeader): void {
  pendingHeads.push(blockSummary(header))
  keepNewest()
  if (isSampling.peek()) void countBlock(header).catch(() => {})
}

/** Nothing grows between two drawings, or while the page doesn't draw. */
function keepNewest(): void {
  if (pendingMiniBlocks.length > 2 * SHOWN_MINI_BLOCKS)
    pendingMiniBlocks = pendingMiniBlocks.slice(-SHOWN_MINI_BLOCKS)
  if (pendingTransactions.length > 2 * SHOWN_TRANSACTIONS)
    pendingTransactions = pendingTransactions.slice(-SHOWN_TRANSACTIONS)
  if (pendingHeads.length > 2 * SHOWN_BLOCKS) pendingHeads = pendingHeads.slice(-SHOWN_BLOCKS)
}

/** While the stream is left, rates come from the blocks. */
async function countBlock({ number, gasUsed }: RpcHeader): Promise<void> {
  const transactionCount = toNumber(await node.request('eth_getBlockTransactionCountByNumber', [number]))
  meter.add(Date.now(), { transactions: transactionCount, gas: toNumber(gasUsed) })
}

async function sample(): Promise<void> {
  const miniBlock = await node.request<RpcMiniBlock | null>('leveret_getMiniBlock', ['latest'])
  if (miniBlock === null || toNumber(miniBlock.mini_block_number) === miniBlocks.peek()[0]?.number) return
  pendingMiniBlocks.push(miniBlockSummary(miniBlock, Number.NaN))
  pendingTransactions.push(...transactionsOf(miniBlock).slice(-SHOWN_TRANSACTIONS))
}

function draw(): void {
  if (!isVisible.peek() || !isLoaded.peek()) return
  batch(() => {
    if (pendingHeads.length > 0) drawHeads()
    if (pendingMiniBlocks.length > 0) drawMiniBlocks()
  })
}

function drawHeads(): void {
  const known = blocks.peek()[0]?.number ?? -1
  const heads = pendingHeads
  pendingHeads = []
  if (heads[0]!.number <= known) {
    // The chain has been taken back: what was read of it before may be another now.
    epoch.value++
    return
  }
  headNumber.value = heads.at(-1)!.number
  blocks.value = withNewest(blocks.peek(), heads, SHOWN_BLOCKS)
  void countTransactions().catch(() => {})
}

/** Headers don't tell how many transactions a block has. */
async function countTransactions(): Promise<void> {
  const uncounted = blocks.peek().filter(({ transactionCount }) => transactionCount === undefined)
  const counts = await requestAll<string | null>(
    uncounted.map(({ number }) => ['eth_getBlockTransactionCountByNumber', [toQuantity(number)]] as const),
  )
  const byNumber = new Map(uncounted.map(({ number }, i) => [number, counts[i]]))
  blocks.value = blocks.peek().map((block) => {
    const counted = byNumber.get(block.number)
    return counted ? { ...block, transactionCount: toNumber(counted) } : block
  })
}

function drawMiniBlocks(): void {
  const known = miniBlocks.peek()[0]?.number ?? 0
  const added = pendingMiniBlocks.filter(({ number }) => number > known)
  miniBlocks.value = withNewest(miniBlocks.peek(), added, SHOWN_MINI_BLOCKS)
  const hashes = new Set(pendingTransactions.map(({ hash }) => hash))
  transactions.value = withNewest(
    before(begunNumber, transactions.peek()).filter(({ hash }) => !hashes.has(hash)),
    pendingTransactions,
    SHOWN_TRANSACTIONS,
  )
  const newest = added.at(-1)?.blockNumber
  if (newest !== undefined) headNumber.value = newest
  pendingMiniBlocks = []
  pendingTransactions = []
  begunNumber = Number.POSITIVE_INFINITY
}

function everySecond(): void {
  const received = takeReceived()
  if (!isVisible.peek()) return
  const nowMs = Date.now()
  const mean = meter.mean(nowMs, 5)
  if (received > MOST_CHARACTERS_PER_SECOND) isSampling.value = true
  else if (isSampling.peek() && mean.transactions < STREAMED_TRANSACTIONS_PER_SECOND) isSampling.value = false
  rates.value = { series: meter.series(nowMs), mean }
  latency.value = {
    bars: samples.bars(),
    median: samples.quantile(0.5),
    high: samples.quantile(0.99),
    size: samples.size,
  }
}
