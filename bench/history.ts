/**
 * The history alone, on an LMDB database in the system's folder for temporary files: what it takes to append busy blocks
 * with their logs and reverse diffs, how long logs are looked for beside a plain look at every block, and how long a read
 * of past state takes.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BlockPart,
  bloomMayMatch,
  History,
  type LogQuery,
  type SealedBlockRecord,
} from '../src/history/index.ts'
import { headerOf } from '../src/history/testing/index.ts'
import { assert, equalBytes, fromBigInt, Prng } from '../src/lib/index.ts'
import {
  addToBloom,
  decodeHeader,
  decodeReceipt,
  ExecutedTransactions,
  encodeHeader,
  encodeReceipt,
  encodeStateDiff,
  headerHash,
  type Log,
  mergeBloom,
  splitStateDiff,
} from '../src/protocol/index.ts'
import { type Bench, type BenchContext, median } from './harness.ts'

export const bench: Bench = {
  name: 'history',
  summary:
    'appending busy blocks with logs and reverse diffs, eth_getLogs by index and by scan, reads of past state',
  options: {
    blocks: { type: 'string', help: 'busy blocks of 30,000 transfers that are appended (default 30)' },
    quiet: { type: 'string', help: 'blocks with few logs that are searched (default 100000)' },
  },
  async run(context) {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-bench-history-'))
    try {
      await benchBusy(context, join(folder, 'busy'))
      await benchQuiet(context, join(folder, 'quiet'))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const GENESIS_HASH = new Uint8Array(32)
const TOKEN = new Uint8Array(20).fill(0x70)
const TRANSFER = new Uint8Array(32).fill(0xdd)
const NOBODY = new Uint8Array(32).fill(0xee)

type Transfer = { from: Uint8Array; to: Uint8Array }

const numberOf = (value: unknown, otherwise: number) => (value === undefined ? otherwise : Number(value))

/** Blocks as of 30,000 ERC-20 transfers a second between 60,000 holders who appear once. */
async function benchBusy(context: BenchContext, folder: string): Promise<void> {
  const blockCount = context.tiny ? 3 : numberOf(context.options.blocks, 30)
  const transferCount = context.tiny ? 100 : 30_000
  const random = new Prng(context.seed)
  const history = History.open(folder, { genesisHash: GENESIS_HASH })
  const watched: Transfer[] = []
  const usage = { wallMs: 0, threadMs: 0, processMs: 0 }
  const longestMs: number[] = []
  for (let number = 0n; number < blockCount; number++) {
    const transfers = Array.from({ length: transferCount }, () => randomTransfer(random))
    watched.push(transfers[random.nextInt(transferCount)]!)
    const block = blockOf(number, transfers, random)
    const undo = history.newReverseDiff()
    for (const diff of diffsOf(transfers, random)) undo.add(splitStateDiff(diff))
    longestMs.push(
      await use(usage, async () => {
        history.append(block, undo)
        await history.indexed()
      }),
    )
  }
  await use(usage, () => history.flush())
  const name = `busy, ${blockCount} blocks of ${transferCount}`
  const total = blockCount * transferCount
  const report = (metric: string, value: number, unit: string) =>
    context.report({ case: name, metric, value, unit })
  report('transactions', total / (usage.wallMs / 1000), '1/s')
  report('thread, per block', usage.threadMs / blockCount, 'ms')
  report('process, per block', usage.processMs / blockCount, 'ms')
  report('longest stall, median', median(longestMs), 'ms')
  report('size, per transaction', statSync(join(folder, 'data.mdb')).size / total, 'bytes')
  searchAll(context, name, history, { watched, last: BigInt(blockCount - 1), scans: context.tiny ? 1 : 3 })
  readPastState(context, name, history, random)
  await history.close()
}

/** A few transfers a block: what a chain with little to do looks like, over a long range. */
async function benchQuiet(context: BenchContext, folder: string): Promise<void> {
  const blockCount = context.tiny ? 300 : numberOf(context.options.quiet, 100_000)
  const random = new Prng(context.seed)
  const history = History.open(folder, { genesisHash: GENESIS_HASH })
  const watched: Transfer[] = []
  const usage = { wallMs: 0, threadMs: 0, processMs: 0 }
  for (let number = 0; number < blockCount; number++) {
    const transfers = Array.from({ length: number % 4 }, () => randomTransfer(random))
    if (number % 1000 === 3) watched.push(transfers[0]!)
    const block = blockOf(BigInt(number), transfers, random)
    await use(usage, async () => {
      history.append(block, history.newReverseDiff())
      if (number % 500 === 0) await history.indexed()
    })
  }
  await use(usage, () => history.indexed())
  const name = `quiet, ${blockCount} blocks`
  context.report({ case: name, metric: 'blocks', value: blockCount / (usage.wallMs / 1000), unit: '1/s' })
  searchAll(context, name, history, { watched, last: BigInt(blockCount - 1), scans: 1 })
  await history.close()
}

/** Adds what some work takes; gives the longest time in which the event loop stood still. */
async function use(
  usage: { wallMs: number; threadMs: number; processMs: number },
  work: () => void | Promise<void>,
): Promise<number> {
  let longestMs = 0
  let lastMs = performance.now()
  const tick = () => {
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - lastMs)
    lastMs = nowMs
  }
  const interval = setInterval(tick, 1)
  const thread = process.threadCpuUsage()
  const all = process.cpuUsage()
  const startMs = performance.now()
  await work()
  tick()
  clearInterval(interval)
  usage.wallMs += performance.now() - startMs
  const threadUsed = process.threadCpuUsage(thread)
  const allUsed = process.cpuUsage(all)
  usage.threadMs += (threadUsed.user + threadUsed.system) / 1000
  usage.processMs += (allUsed.user + allUsed.system) / 1000
  return longestMs
}

type Search = { watched: Transfer[]; last: bigint; scans: number }

/** Queries by index, and by looking at every block: the answers must be equal. */
function searchAll(
  context: BenchContext,
  name: string,
  history: History,
  { watched, last, scans }: Search,
): void {
  const queries: [string, (transfer: Transfer) => LogQuery][] = [
    ['a holder', ({ from }) => ({ addresses: [], topics: [[], [from]] })],
    ['token, from and to', ({ from, to }) => ({ addresses: [TOKEN], topics: [[TRANSFER], [from], [to]] })],
    ['token and nobody', () => ({ addresses: [TOKEN], topics: [[TRANSFER], [NOBODY]] })],
    ['10 holders', () => ({ addresses: [], topics: [[], watched.slice(0, 10).map(({ from }) => from)] })],
  ]
  for (const [what, queryOf] of queries) {
    const indexedMs: number[] = []
    const scannedMs: number[] = []
    for (const [i, transfer] of watched.slice(0, 20).entries()) {
      const query = queryOf(transfer)
      const [indexed, ms] = timed(() => matching(history.findLogs(query, 0n, last), query))
      indexedMs.push(ms)
      if (i >= scans) continue
      const [scanned, scanMs] = timed(() => matching(scan(history, query, last), query))
      scannedMs.push(scanMs)
      assert(indexed.join() === scanned.join(), 'index and scan find the same')
    }
    context.report({ case: `${name}: ${what}`, metric: 'index', value: median(indexedMs), unit: 'ms' })
    context.report({ case: `${name}: ${what}`, metric: 'scan', value: median(scannedMs), unit: 'ms' })
  }
}

function timed<T>(work: () => T): [T, number] {
  const startMs = performance.now()
  const result = work()
  return [result, performance.now() - startMs]
}

/** Blocks whose bloom may match, whole. */
function* scan(history: History, query: LogQuery, last: bigint): Generator<BlockPart> {
  for (let number = 0n; number <= last; number++) {
    const block = history.blockByNumber(number)!
    const decoded = decodeHeader(block.header)
    if (!decoded.ok || !bloomMayMatch(decoded.header.logsBloom, query)) continue
    const { timestamp } = decoded.header
    yield {
      number,
      hash: block.hash,
      timestamp,
      firstIndex: 0,
      logsBefore: 0,
      transactions: block.transactions,
    }
  }
}

/** The places of the logs that match. */
function matching(parts: Iterable<BlockPart | undefined>, { addresses, topics }: LogQuery): string[] {
  const isOneOf = (item: Uint8Array | undefined, items: readonly Uint8Array[]) =>
    items.length === 0 || items.some((each) => item !== undefined && equalBytes(each, item))
  const places: string[] = []
  for (const part of parts) {
    for (const [i, { receipt }] of [...(part?.transactions ?? [])].entries()) {
      const decoded = decodeReceipt(receipt)
      assert(decoded.ok, 'a receipt decodes')
      for (const { address, topics: found } of decoded.receipt.logs) {
        const matches = isOneOf(address, addresses) && topics.every((some, at) => isOneOf(found[at], some))
        if (matches) places.push(`${part!.number}/${part!.firstIndex + i}`)
      }
    }
  }
  return places
}

/** One account in every block of the window, none of which has changed it: the longest walk. */
function readPastState(context: BenchContext, name: string, history: History, random: Prng): void {
  const { firstStateNumber: first, headNumber: head } = history
  const times: number[] = []
  for (let i = 0; i < 200; i++) {
    const address = random.nextBytes(20)
    const [found, ms] = timed(() => {
      let count = 0
      for (let number = first! + 1n; number <= head!; number++) {
        if (history.stateBefore(number)!.account(address) !== undefined) count++
      }
      return count
    })
    assert(found === 0, 'nobody has this address')
    times.push((ms * 1000) / Number(head! - first!))
  }
  context.report({
    case: `${name}: past state`,
    metric: 'per block walked',
    value: median(times),
    unit: 'µs',
  })
}

function randomTransfer(random: Prng): Transfer {
  const holder = () => {
    const topic = new Uint8Array(32)
    topic.set(random.nextBytes(20), 12)
    return topic
  }
  return { from: holder(), to: holder() }
}

/** Receipts of a block are copies of one with the topics written in: making them is not what is measured. */
function blockOf(number: bigint, transfers: readonly Transfer[], random: Prng): SealedBlockRecord {
  const header = headerOf(number)
  if (transfers.length > 100) header.logsBloom.fill(0xff)
  const transactions = transfers.map(({ from, to }) => {
    const bloom = new Uint8Array(256)
    if (transfers.length <= 100) {
      for (const item of [TOKEN, TRANSFER, from, to]) addToBloom(bloom, item)
      mergeBloom(header.logsBloom, bloom)
    }
    const receipt = TEMPLATE.slice()
    receipt.set(from, FROM_AT)
    receipt.set(to, TO_AT)
    receipt.set(bloom, BLOOM_AT)
    return { hash: random.nextBytes(32), sender: from.slice(12), raw: new Uint8Array(170), receipt }
  })
  return {
    ...{ number, hash: headerHash(header), header: encodeHeader(header), miniBlockCount: 100 },
    transactions: ExecutedTransactions.of(transactions),
  }
}

const MARKS = { bloom: 0xb1, from: 0xf1, to: 0xf2 }
const TEMPLATE = encodeReceipt({
  ...{ type: 2, status: 1, cumulativeGasUsed: 1_000_000n, bloom: new Uint8Array(256).fill(MARKS.bloom) },
  logs: [
    {
      address: TOKEN,
      topics: [TRANSFER, new Uint8Array(32).fill(MARKS.from), new Uint8Array(32).fill(MARKS.to)],
      data: new Uint8Array(32).fill(1),
    } satisfies Log,
  ],
})
const [BLOOM_AT, FROM_AT, TO_AT] = [MARKS.bloom, MARKS.from, MARKS.to].map((mark) =>
  Buffer.from(TEMPLATE).indexOf(Buffer.alloc(32, mark)),
) as [number, number, number]

/** The values before, as chunks of 100 transfers have them: two balances of the token and the sender's account each. */
function* diffsOf(transfers: readonly Transfer[], random: Prng): Generator<Uint8Array> {
  const word = fromBigInt(1n, 32)
  for (let at = 0; at < transfers.length; at += 100) {
    const some = transfers.slice(at, at + 100)
    yield encodeStateDiff({
      accounts: some.map(({ from }) => ({
        ...{ address: from.slice(12), deleted: false, nonce: 1n, balance: 10n ** 18n, codeHash: word },
      })),
      slots: some.flatMap(() =>
        [0, 1].map(() => ({ address: TOKEN, key: random.nextBytes(32), value: word })),
      ),
      codes: [],
    })
  }
}
