import { batch, effect, untracked } from '@preact/signals'
import { toNumber } from '../lib/hex.ts'
import { withNewest } from '../lib/newest.ts'
import { RateMeter } from '../lib/RateMeter.ts'
import { Samples } from '../lib/Samples.ts'
import { StreamLoad } from '../lib/StreamLoad.ts'
import type { RpcHeader, RpcMiniBlock } from '../rpc/index.ts'
import { isVisible, preciseNow } from './clock.ts'
import { facts } from './facts.ts'
import {
  blocks,
  CHART_SECONDS,
  failure,
  headNumber,
  isLoaded,
  isPaused,
  isSampling,
  latency,
  miniBlocks,
  rates,
  SHOWN_BLOCKS,
  SHOWN_MINI_BLOCKS,
  SHOWN_TRANSACTIONS,
  transactions,
} from './live.ts'
import { epoch, node } from './node.ts'
import { countTransactions } from './read.ts'
import { type Newest, newestMiniBlock, readNewest } from './readNewest.ts'
import {
  type BlockSummary,
  before,
  begins,
  blockSummary,
  type MiniBlockSummary,
  miniBlockSummary,
  type TransactionSummary,
  transactionSummaries,
  transactionsOfAll,
} from './summaries.ts'
import { takeReceived } from './traffic.ts'

const LATENCY_SAMPLES = 2_000

/** The page is drawn anew at most so often, whatever comes. */
const DRAW_MS = 200
const SAMPLE_MS = 500
/** What the figures above the charts are the mean of. */
const MEAN_SECONDS = 5

const meter = new RateMeter(CHART_SECONDS + 1)
const samples = new Samples(LATENCY_SAMPLES)
const load = new StreamLoad()
/** The newest mini-block that the meter has. */
let measuredNumber = 0
/** The block whose mini-blocks the meter had when the stream was left. */
let countedNumber = 0
let pendingMiniBlocks: MiniBlockSummary[] = []
let pendingTransactions: TransactionSummary[] = []
let pendingHeads: BlockSummary[] = []
/** The lowest block that has begun since the last drawing. */
let begunNumber = Number.POSITIVE_INFINITY

/** Reads the lists again. */
export function startAfresh(): void {
  failure.value = undefined
  void begin()
}

/** Begins to follow the chain; called once. */
export function followChain(): void {
  effect(() => {
    // Another chain has nothing of this one.
    if (facts.value !== undefined) untracked(forget)
  })
  effect(() => {
    const isFollowing = isVisible.value && epoch.value > 0
    if (!isFollowing || facts.value === undefined) return
    void untracked(begin)
    return node.subscribe('newHeads', ({ result }) => takeHead(result as RpcHeader))
  })
  effect(() => {
    if (!isVisible.value || isPaused.value || facts.value === undefined) return
    if (isSampling.value) {
      const timer = setInterval(() => void sample(), SAMPLE_MS)
      return () => clearInterval(timer)
    }
    return node.subscribe('miniBlocks', ({ result }) => takeMiniBlock(result as RpcMiniBlock))
  })
  showRates()
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

async function begin(): Promise<void> {
  load.restart()
  try {
    show(await readNewest())
  } catch (error) {
    failure.value = error as Error
  }
}

function show(newest: Newest): void {
  const summaries = newest.miniBlocks.map((each) => miniBlockSummary(each, Number.NaN))
  for (const summary of summaries) measure(summary)
  batch(() => {
    blocks.value = newest.blocks.map(blockSummary)
    headNumber.value = newest.head
    miniBlocks.value = withNewest([], summaries, SHOWN_MINI_BLOCKS)
    transactions.value = withNewest([], transactionsOfAll(newest.miniBlocks), SHOWN_TRANSACTIONS)
    failure.value = undefined
    isLoaded.value = true
    showRates()
  })
}

function takeMiniBlock(miniBlock: RpcMiniBlock): void {
  const nowMs = preciseNow()
  const summary = miniBlockSummary(miniBlock, nowMs - toNumber(miniBlock.mini_block_timestamp) / 1000)
  // Two machines' clocks may differ: a message from the future tells nothing.
  if (summary.delayMs >= 0) samples.add(summary.delayMs)
  load.note(summary.delayMs, summary.transactionCount)
  measure(summary)
  pendingMiniBlocks.push(summary)
  if (begins(miniBlock)) {
    pendingTransactions = before(summary.blockNumber, pendingTransactions)
    begunNumber = Math.min(begunNumber, summary.blockNumber)
  }
  pendingTransactions.push(...lastTransactions(miniBlock))
  keepNewest()
}

/** As many as may be shown: a mini-block may have thousands. */
function lastTransactions({ transactions, receipts }: RpcMiniBlock): TransactionSummary[] {
  return transactionSummaries(transactions.slice(-SHOWN_TRANSACTIONS), receipts.slice(-SHOWN_TRANSACTIONS))
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
  if (isSampling.peek() && toNumber(header.number) > countedNumber) void countBlock(header).catch(() => {})
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
  const miniBlock = await newestMiniBlock()
  if (miniBlock === null || toNumber(miniBlock.mini_block_number) === miniBlocks.peek()[0]?.number) return
  pendingMiniBlocks.push(miniBlockSummary(miniBlock, Number.NaN))
  pendingTransactions.push(...lastTransactions(miniBlock))
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
  void countUncounted().catch(() => {})
}

/** Headers don't tell how many transactions a block has. */
async function countUncounted(): Promise<void> {
  const uncounted = blocks.peek().filter(({ transactionCount }) => transactionCount === undefined)
  const numbers = uncounted.map(({ number }) => number)
  const counts = await countTransactions(numbers)
  const byNumber = new Map(numbers.map((number, i) => [number, counts[i]]))
  blocks.value = blocks.peek().map((block) => {
    const transactionCount = byNumber.get(block.number) ?? block.transactionCount
    return { ...block, transactionCount }
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
  showRates()
  const { transactions } = rates.peek().mean
  const isTooMuch = load.isTooMuch({ characters: received, transactions })
  if (isTooMuch && !isSampling.peek()) countedNumber = headNumber.peek() ?? 0
  isSampling.value = isTooMuch
}

function showRates(): void {
  const nowMs = Date.now()
  rates.value = { series: meter.series(nowMs), mean: meter.mean(nowMs, MEAN_SECONDS) }
  latency.value = {
    bars: samples.bars(),
    median: samples.quantile(0.5),
    high: samples.quantile(0.99),
    size: samples.size,
  }
}
