/**
 * `npm run bench -- throughput`: pre-signed ERC-20 transfers from 1,000 accounts, from the first byte sent until every
 * receipt is there: in a binary stream, in batches over http and WebSocket; next to what recovering their signers costs
 * by itself on two threads just before, and on one, and to anvil with one-second blocks, the setting in which it is
 * fastest. Then the time from sending to having a receipt under half of the best load.
 *
 * The chain starts from a genesis in which every account has ether and tokens. Each account sends to the next, so the
 * token balances at the end are those of the beginning; that and the receipts' status are checked, outside the time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BulkAnswer,
  BulkClient,
  type Chain,
  type ChainOptions,
  delay,
  hex,
  type Json,
  RawHttpRpc,
  startChain,
  WsRpc,
} from '../test/lib/index.ts'
import { type Bench, type BenchContext, median, percentile } from './harness.ts'
import { enginesOf } from './lib/enginesOf.ts'
import { type RecoveryMeans, recoveryAlone } from './lib/recoveryAlone.ts'
import { type SignedTransfer, TransferLoad } from './lib/TransferLoad.ts'

const BLOCK_GAS_LIMIT = 100_000_000_000
const ANVIL_BLOCK_SECONDS = 1
const RECEIPT_BATCH = 100
const POLL_MS = 5
/**
 * Transfers of each sender before the time begins: V8 goes on optimising what runs once a step until about so many steps
 * are over, and until then the memory in which newest blocks are kept is fresh.
 */
const WARM_UP_ROUNDS = 100
/** anvil gets so many times fewer, since it takes so much longer. */
const ANVIL_DIVISOR = 5
/** Signatures that are recovered alone. */
const RECOVERED_LIMIT = 20_000
const LATENCY_SECONDS = 5

type Size = { accounts: number; rounds: number; connections: number; batch: number; warmUp: number }
type Engine = 'leveret' | 'anvil'
type Way = 'senders' | 'bulk' | 'http' | 'ws'

export const bench: Bench = {
  name: 'throughput',
  summary:
    'pre-signed ERC-20 transfers until the last receipt: stream, http and WebSocket batches, next to anvil and recovery alone',
  options: {
    accounts: { type: 'string', help: 'senders (default 1000)' },
    rounds: { type: 'string', help: 'transfers of each sender (default 100)' },
    connections: { type: 'string', help: 'connections at once (default 4)' },
    batch: { type: 'string', help: 'transactions in a batch (default 100)' },
    only: { type: 'string', help: 'leveret or anvil alone' },
    way: {
      type: 'string',
      help: 'one alone: senders (a binary stream that tells them), bulk (one that does not), http or ws',
    },
    'warm-up': {
      type: 'string',
      help: `transfers of each sender before the time begins (default ${WARM_UP_ROUNDS})`,
    },
  },
  async run(context) {
    const { tiny, options } = context
    const size = tiny ? { accounts: 20, rounds: 2, connections: 2, batch: 10, warmUp: 1 } : sizeOf(options)
    const work = new Work(size)
    try {
      let best: Measured | undefined
      for (const engine of enginesOf(context))
        for (const way of waysOf(engine, options.way)) {
          const measured = await reportRate(context, { work, engine, way, size })
          if (engine === 'leveret' && measured.rate > (best?.rate ?? 0)) best = measured
        }
      if (best === undefined) return
      await reportRecovery(context, work, best)
      await reportLatency(context, work, best)
    } finally {
      work.remove()
    }
  },
}

function sizeOf(options: Record<string, unknown>): Size {
  const number = (name: string, fallback: number) => Number(options[name] ?? fallback)
  return {
    accounts: number('accounts', 1000),
    rounds: number('rounds', 100),
    connections: number('connections', 4),
    batch: number('batch', 100),
    warmUp: number('warm-up', WARM_UP_ROUNDS),
  }
}

function waysOf(engine: Engine, only: unknown): Way[] {
  const ways: Way[] = engine === 'leveret' ? ['senders', 'bulk', 'http', 'ws'] : ['http', 'ws']
  return ways.filter((way) => only === undefined || only === way)
}

type Measured = {
  way: Way
  /** Transfers a second, the median of the repeats. */
  rate: number
  /** What two threads recovered a second just before each repeat, by each means, and what the repeat did. */
  pairs: (Record<RecoveryMeans, number> & { rate: number })[]
}

/** What the machine's cores could do if nothing but signatures were to be done, and how much of that was done. */
async function reportRecovery({ report }: BenchContext, work: Work, best: Measured): Promise<void> {
  const raws = work.recoverable()
  for (const means of ['library', 'kernel'] as const) {
    const name = `recovery alone, ${means === 'library' ? 'the library one by one' : 'the kernel 128 together'}`
    const checksum = `${raws.length} signatures`
    const [one, two] = [await recoveryAlone(raws, 1, means), median(best.pairs.map((pair) => pair[means]))]
    report({ case: name, metric: '1 thread', value: one, unit: 'tx/s', checksum })
    report({ case: name, metric: '2 threads', value: two, unit: 'tx/s', checksum })
  }
}

/** What was done of what two threads recovered just before, in percent: the median, least and most. */
function shareOf(pairs: Measured['pairs'], means: RecoveryMeans): string {
  const shares = pairs.map((pair) => (100 * pair.rate) / pair[means])
  const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) => share.toFixed(1))
  return `${median(shares).toFixed(1)} % (${least} to ${most})`
}

async function reportRate(
  { repeats, report, note }: BenchContext,
  { work, engine, way, size }: { work: Work; engine: Engine; way: Way; size: Size },
): Promise<Measured> {
  const runs: Run[] = []
  const pairs: Measured['pairs'] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    // The machine may be another one a minute later.
    const alone = engine === 'leveret' ? await aloneByBoth(work) : { library: 0, kernel: 0 }
    const run = await work.run(await startChain(work.chainOptions(engine)), way)
    runs.push(run)
    pairs.push({ ...alone, rate: (run.transfers * 1000) / run.totalMs })
  }
  const [{ checksum }] = runs as [Run]
  const sending = runs.map(({ sendMs }) => sendMs)
  const value = median(pairs.map(({ rate }) => rate))
  note(`${engine}, ${way}: ${median(sending).toFixed(0)} ms until the last answer to a send`)
  if (engine === 'leveret')
    note(
      `${way}: of what two threads recover alone just before: by the library ${shareOf(pairs, 'library')}, ` +
        `by the kernel ${shareOf(pairs, 'kernel')}`,
    )
  const name = `${formOf(way, size)}, ${size.accounts} senders`
  report({ case: name, metric: 'transfers', value, unit: 'tx/s', engine, checksum })
  return { rate: value, pairs, way }
}

async function aloneByBoth(work: Work): Promise<Record<RecoveryMeans, number>> {
  const raws = work.recoverable()
  return { library: await recoveryAlone(raws, 2, 'library'), kernel: await recoveryAlone(raws, 2, 'kernel') }
}

function formOf(way: Way, { batch }: Size): string {
  if (way === 'senders') return 'binary stream with senders'
  return way === 'bulk' ? 'binary stream' : `${way}, batches of ${batch}`
}

async function reportLatency({ tiny, report }: BenchContext, work: Work, best: Measured): Promise<void> {
  const load = { rate: tiny ? 100 : best.rate / 2, tellsSenders: best.way === 'senders' }
  const times = await work.latencies(await startChain(work.chainOptions('leveret')), load)
  const ascending = times.sort((a, b) => a - b)
  const checksum = `${ascending.length} receipts`
  for (const p of [50, 99]) {
    const value = percentile(ascending, p)
    report({ case: 'send to receipt at half of the best', metric: `p${p}`, value, unit: 'ms', checksum })
  }
}

type EvenLoad = { rate: number; tellsSenders: boolean }

type Run = { sendMs: number; totalMs: number; transfers: number; checksum: string }

/** The signed transfers and the genesis they run on: the same for every repeat and engine. */
class Work {
  readonly #size: Size
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'leveret-throughput-'))
  readonly #genesisFile: string
  readonly #load: TransferLoad

  constructor(size: Size) {
    this.#size = size
    const rounds = size.warmUp + size.rounds
    this.#load = new TransferLoad({ ...size, rounds, blockGasLimit: BLOCK_GAS_LIMIT })
    this.#genesisFile = join(this.#folder, 'genesis.json')
    writeFileSync(this.#genesisFile, this.#load.genesis)
  }

  chainOptions(target: Engine): ChainOptions {
    const genesisFile = this.#genesisFile
    if (target === 'leveret') return { target, genesisFile }
    const blocks = ['--block-time', String(ANVIL_BLOCK_SECONDS), '--gas-limit', String(BLOCK_GAS_LIMIT)]
    return { target, genesisFile, extraArguments: [...blocks, '--no-request-size-limit'] }
  }

  recoverable(): Uint8Array[] {
    const all = this.#load.between(0, this.#size.rounds).flat()
    return all.slice(0, RECOVERED_LIMIT).map(({ raw }) => raw)
  }

  /**
   * Sends everything and waits until each connection's last transfer has its receipt: the others were in order before it.
   * Then, outside the time, reads all receipts, checks the outcome and stops the chain.
   */
  async run(chain: Chain, way: Way): Promise<Run> {
    const { warmUp, rounds, batch } = this.#size
    const divisor = chain.target === 'anvil' ? ANVIL_DIVISOR : 1
    const first = Math.ceil(warmUp / divisor)
    const warm = this.#load.between(0, first)
    const measured = this.#load.between(first, first + Math.ceil(rounds / divisor))
    const last = measured.map((list) => list.slice(-1))
    const connections = await Promise.all(measured.map(() => open(chain, way)))
    const readers = await Promise.all(measured.map(() => RawHttpRpc.open(chain.url)))
    try {
      const warmSends = warm.map((list, i) => connections[i]!.prepare(list, batch))
      const sends = measured.map((list, i) => connections[i]!.prepare(list, batch))
      await Promise.all(warmSends.map((send) => send()))
      const begin = performance.now()
      await Promise.all(sends.map((send) => send()))
      const sendMs = performance.now() - begin
      await Promise.all(last.map((list, i) => receiptsOf(readers[i]!, list)))
      const totalMs = performance.now() - begin
      const receipts = (await Promise.all(measured.map((list, i) => receiptsOf(readers[i]!, list)))).flat()
      return {
        sendMs,
        totalMs,
        transfers: receipts.length,
        checksum: await this.#load.check(chain, receipts),
      }
    } finally {
      for (const connection of [...connections, ...readers]) connection.close()
      await chain.stop()
    }
  }

  /** Milliseconds from sending to the answer, which comes when the receipt can be read, at an even rate. */
  async latencies(chain: Chain, { rate, tellsSenders }: EvenLoad): Promise<number[]> {
    const { warmUp, rounds } = this.#size
    const warm = this.#load.between(0, warmUp).flat()
    const transfers = this.#load.between(warmUp, warmUp + rounds).flat()
    const stream = new TimedStream(tellsSenders)
    const client = await BulkClient.open(
      chain.url,
      (answer) => stream.answered(answer.status),
      pathOf(tellsSenders),
    )
    const reader = await RawHttpRpc.open(chain.url)
    try {
      await stream.sendEvenly(client, warm, rate)
      stream.times.length = 0
      await stream.sendEvenly(client, transfers.slice(0, Math.ceil(rate * LATENCY_SECONDS)), rate)
      await receiptsOf(reader, transfers.slice(0, stream.times.length))
      return stream.times
    } finally {
      client.close()
      reader.close()
      await chain.stop()
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Sends transfers at an even rate and notes how long each was on its way. */
class TimedStream {
  readonly times: number[] = []
  readonly #tellsSenders: boolean
  readonly #sentMs: number[] = []
  #answered = 0
  #onAnswered: () => void = () => {}

  constructor(tellsSenders: boolean) {
    this.#tellsSenders = tellsSenders
  }

  answered(status: number): void {
    if (status !== 0) throw new Error('a transfer was not executed at once')
    this.times.push(performance.now() - this.#sentMs[this.#answered++]!)
    if (this.#answered === this.#sentMs.length) this.#onAnswered()
  }

  async sendEvenly(client: BulkClient, transfers: SignedTransfer[], rate: number): Promise<void> {
    const begin = performance.now()
    let next = 0
    while (next < transfers.length) {
      const due = Math.min(transfers.length, Math.ceil(((performance.now() - begin) * rate) / 1000))
      if (due > next) {
        const part = transfers.slice(next, due)
        const bytes = encodeAll(part, this.#tellsSenders)
        const nowMs = performance.now()
        for (const _ of part) this.#sentMs.push(nowMs)
        client.write(bytes)
        next = due
      }
      await delay(1)
    }
    if (this.#answered < this.#sentMs.length)
      await new Promise<void>((resolve) => {
        this.#onAnswered = resolve
      })
  }
}

type Connection = {
  /** Builds everything that is to be sent; the result sends it and resolves with the last answer. */
  prepare(transfers: SignedTransfer[], batch: number): () => Promise<void>
  close(): void
}

async function open(chain: Chain, way: Way): Promise<Connection> {
  if (way === 'bulk' || way === 'senders') return await openBulk(chain, way === 'senders')
  if (way === 'http') {
    const rpc = await RawHttpRpc.open(chain.url)
    return { prepare: (transfers, batch) => prepareBatches(rpc, transfers, batch), close: () => rpc.close() }
  }
  const rpc = await WsRpc.open(chain.wsUrl)
  const post = (body: string): Promise<string> =>
    new Promise((done) => {
      rpc.socket.once('message', (data: Buffer) => done(data.toString()))
      rpc.socket.send(body)
    })
  return {
    prepare: (transfers, batch) => prepareBatches({ post }, transfers, batch),
    close: () => rpc.close(),
  }
}

async function openBulk(chain: Chain, tellsSenders: boolean): Promise<Connection> {
  let left = 0
  let finish: () => void = () => {}
  let fail: (error: Error) => void = () => {}
  const onAnswer = ({ status, message }: BulkAnswer) => {
    if (status !== 0) fail(new Error(`a transfer was not executed: ${message}`))
    if (--left === 0) finish()
  }
  const client = await BulkClient.open(chain.url, onAnswer, pathOf(tellsSenders))
  const prepare = (transfers: SignedTransfer[]) => {
    const bytes = encodeAll(transfers, tellsSenders)
    return () =>
      new Promise<void>((resolve, reject) => {
        left = transfers.length
        finish = resolve
        fail = reject
        client.write(bytes)
      })
  }
  return { prepare, close: () => client.close() }
}

function pathOf(tellsSenders: boolean): '/transactions' | '/transactions?senders' {
  return tellsSenders ? '/transactions?senders' : '/transactions'
}

function encodeAll(transfers: SignedTransfer[], tellsSenders: boolean): Buffer {
  const senders = tellsSenders ? transfers.map(({ sender }) => sender) : undefined
  return BulkClient.encode(
    transfers.map(({ raw }) => raw),
    senders,
  )
}

/** Batches one after another. */
function prepareBatches(
  rpc: { post(body: string): Promise<string> },
  transfers: SignedTransfer[],
  batch: number,
): () => Promise<void> {
  const bodies = Array.from({ length: Math.ceil(transfers.length / batch) }, (_, i) => {
    const part = transfers.slice(i * batch, (i + 1) * batch)
    return callsOf(
      'eth_sendRawTransaction',
      part.map(({ raw }) => hex(raw)),
    )
  })
  return async () => {
    for (const body of bodies) {
      const answer = await rpc.post(body)
      if (answer.includes('"error"')) throw new Error(`a transfer was refused: ${answer.slice(0, 1000)}`)
    }
  }
}

/** Receipts of all these, once they are there: the last one is asked for until it is, then all, in batches. */
async function receiptsOf(rpc: RawHttpRpc, transfers: SignedTransfer[]): Promise<Json[]> {
  const hashes = transfers.map(({ hash }) => hash)
  const receipts: Json[] = []
  for (let start = 0, last = hashes.slice(-1); start < hashes.length; ) {
    const [newest] = await callAll(rpc, 'eth_getTransactionReceipt', last)
    const part = hashes.slice(start, start + RECEIPT_BATCH)
    const answers = newest.result ? await callAll(rpc, 'eth_getTransactionReceipt', part) : []
    if (answers.length > 0 && answers.every(({ result }) => result)) {
      receipts.push(...answers.map(({ result }) => result))
      start += RECEIPT_BATCH
      last = part.slice(-1)
    } else {
      await delay(POLL_MS)
    }
  }
  return receipts
}

async function callAll(rpc: RawHttpRpc, method: string, parameters: string[]): Promise<Json[]> {
  return JSON.parse(await rpc.post(callsOf(method, parameters))) as Json[]
}

function callsOf(method: string, parameters: string[]): string {
  const list = parameters.map(
    (each, id) => `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":["${each}"]}`,
  )
  return `[${list.join(',')}]`
}
