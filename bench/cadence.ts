/**
 * `npm run bench -- cadence`: how punctual mini-blocks of a millisecond are while the node has half of the load that it can
 * take, and what the sequencer's thread was at when they were late; beside a C program that only keeps such a tick, alone
 * and under the same load.
 *
 * The node runs in a process of its own and gets signed ERC-20 transfers as a stream (POST /transactions), a few each
 * millisecond. Late is from when a mini-block was due, or its first transaction was there, until it was sealed; both times
 * are taken in the sequencer's thread.
 */
import { type ChildProcess, execFile, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { LATE_MS, type Punctuality, type ThreadWork } from '../src/node/ThreadWatch.ts'
import { BulkClient } from '../test/lib/index.ts'
import { type Bench, type BenchContext, percentile } from './harness.ts'
import { type SignedTransfer, TransferLoad } from './lib/TransferLoad.ts'

const BLOCK_GAS_LIMIT = 10_000_000_000
/** Transactions without an answer while the node's limit is looked for. */
const WINDOW = 4000
const WARM_UP_SECONDS = 3
const TICK_MS = 1
const SOURCE = resolve(import.meta.dirname, 'native/tick.c')
const NODE = resolve(import.meta.dirname, 'lib/cadenceNode.ts')

export const bench: Bench = {
  name: 'cadence',
  summary: 'how punctual mini-blocks of 1 ms are under half of the load that the node can take, and why not',
  options: {
    seconds: { type: 'string', help: 'length of the measurement (default 60)' },
    'mini-block-ms': { type: 'string', help: "the node's mini-block interval (default 1)" },
    rate: { type: 'string', help: 'transfers/s (default: half of what the node takes at most)' },
    accounts: { type: 'string', help: 'senders (default 1000)' },
  },
  async run(context) {
    const shape = shapeOf(context)
    const folder = mkdtempSync(join(tmpdir(), 'leveret-cadence-'))
    try {
      const tick = compileTick(folder, context)
      await reportTick(context, tick, { seconds: Math.min(shape.seconds, 20), name: 'alone' })
      await measure(context, { ...shape, folder, tick })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

type Shape = {
  seconds: number
  miniBlockMs: number
  rate: number | undefined
  accounts: number
  /** Transfers by which the node's limit is found, before. */
  probe: number
}

function shapeOf({ tiny, options }: BenchContext): Shape {
  if (tiny) return { seconds: 1, miniBlockMs: 1, rate: 500, accounts: 20, probe: 100 }
  return {
    seconds: Number(options.seconds ?? 60),
    miniBlockMs: Number(options['mini-block-ms'] ?? 1),
    rate: options.rate === undefined ? undefined : Number(options.rate),
    accounts: Number(options.accounts ?? 1000),
    probe: 40_000,
  }
}

function loadOf(accounts: number, rounds: number): TransferLoad {
  return new TransferLoad({ accounts, rounds, connections: 1, blockGasLimit: BLOCK_GAS_LIMIT })
}

async function measure(
  context: BenchContext,
  {
    seconds,
    miniBlockMs,
    accounts,
    folder,
    tick,
    ...shape
  }: Shape & { folder: string; tick: string | undefined },
): Promise<void> {
  const probeRounds = Math.ceil(shape.probe / accounts)
  const probe = loadOf(accounts, probeRounds)
  const genesisFile = join(folder, 'genesis.json')
  writeFileSync(genesisFile, probe.genesis)
  const node = await CadenceNode.start([join(folder, 'data'), genesisFile, String(miniBlockMs)])
  try {
    const stream = await LoadStream.open(node.url)
    const perSecond = await stream.flood(probe.between(0, probeRounds)[0]!)
    context.report({ case: 'flat out', metric: 'transfers', value: perSecond, unit: '1/s' })
    const rate = shape.rate ?? Math.round(perSecond / 2)
    const rounds = Math.ceil((rate * (seconds + WARM_UP_SECONDS)) / accounts)
    const transfers = loadOf(accounts, probeRounds + rounds).between(probeRounds, probeRounds + rounds)[0]!
    const measured = transfers.splice(rate * WARM_UP_SECONDS)
    await stream.sendEvenly(transfers, rate)
    node.send('clear')
    const name = `${rate} transfers/s`
    const beside = reportTick(context, tick, { seconds, name })
    const sentPerSecond = await stream.sendEvenly(measured, rate)
    await beside
    context.report({ case: name, metric: 'transfers', value: sentPerSecond, unit: '1/s' })
    stream.close()
    reportPunctuality(context, name, (await node.read()).punctuality)
  } finally {
    await node.stop()
  }
}

function reportPunctuality(context: BenchContext, name: string, all: Punctuality[]): void {
  const late = all.map(({ lateMs }) => lateMs).sort((a, b) => a - b)
  context.report({ case: name, metric: 'mini-blocks', value: all.length, unit: '' })
  for (const p of [50, 99, 100]) {
    const metric = p === 100 ? 'late max' : `late p${p}`
    context.report({ case: name, metric, value: percentile(late, p), unit: 'ms' })
  }
  const causes = new Map<string, number[]>()
  for (const each of all) {
    if (each.lateMs < LATE_MS) continue
    const cause = causeOf(each)
    causes.set(cause, [...(causes.get(cause) ?? []), each.lateMs])
  }
  for (const [cause, times] of [...causes].sort((a, b) => Math.max(...b[1]) - Math.max(...a[1]))) {
    context.report({
      case: `late by ${LATE_MS} ms`,
      metric: `${cause}, worst`,
      value: Math.max(...times),
      unit: 'ms',
    })
    context.report({
      case: `late by ${LATE_MS} ms`,
      metric: `${cause}, count`,
      value: times.length,
      unit: '',
    })
  }
}

const CAUSES: Record<ThreadWork, string> = {
  sleep: 'woken late',
  spin: 'awake before the tick',
  install: 'taking compiled code',
  receive: 'taking messages',
  write: 'write to the log',
  post: 'telling other threads',
  execute: 'execution of a chunk',
  record: 'making a record',
  block: 'opening or closing a block',
  seal: 'sealing the one before',
}

/** What took most of the time. Without a processor, everything takes long; and a collection stops whatever is done. */
function causeOf({ lateMs, collectedMs, notRunningMs, works }: Punctuality): string {
  if (collectedMs > lateMs / 2) return 'garbage collection'
  const [work] = (Object.entries(works) as [ThreadWork, number][]).reduce((a, b) => (b[1] > a[1] ? b : a))
  if (work === 'sleep') return CAUSES.sleep
  return notRunningMs > lateMs / 2 ? `no processor (${CAUSES[work]})` : CAUSES[work]
}

/** The stream of transfers to the node. */
class LoadStream {
  #client: BulkClient | undefined
  #sent = 0
  #answered = 0
  #onAnswer: () => void = () => {}

  static async open(url: string): Promise<LoadStream> {
    const stream = new LoadStream()
    stream.#client = await BulkClient.open(url, ({ status, message }) => {
      if (status !== 0) throw new Error(`a transfer was not executed at once: ${message}`)
      stream.#answered++
      stream.#onAnswer()
    })
    return stream
  }

  /** Sends as fast as answers come; gives transfers a second. */
  async flood(transfers: SignedTransfer[]): Promise<number> {
    const parts = inParts(transfers, WINDOW / 8)
    const begin = performance.now()
    for (const part of parts) {
      await this.#until(WINDOW - part.count)
      this.#write(part)
    }
    await this.#until(0)
    return (transfers.length * 1000) / (performance.now() - begin)
  }

  /** Sends a few each millisecond; gives transfers a second. */
  async sendEvenly(transfers: SignedTransfer[], rate: number): Promise<number> {
    const perTick = Math.max(1, Math.round((rate * TICK_MS) / 1000))
    const parts = inParts(transfers, perTick)
    const tickMs = (perTick * 1000) / rate
    const begin = performance.now()
    for (let next = 0; next < parts.length; ) {
      for (; next < parts.length && performance.now() >= begin + next * tickMs; next++)
        this.#write(parts[next]!)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await this.#until(0)
    return (transfers.length * 1000) / (performance.now() - begin)
  }

  close(): void {
    this.#client!.close()
  }

  #write({ bytes, count }: Part): void {
    this.#client!.write(bytes)
    this.#sent += count
  }

  /** Resolves when no more than so many have no answer. */
  async #until(unanswered: number): Promise<void> {
    while (this.#sent - this.#answered > unanswered)
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve
      })
  }
}

type Part = { bytes: Uint8Array; count: number }

function inParts(transfers: SignedTransfer[], size: number): Part[] {
  return Array.from({ length: Math.ceil(transfers.length / size) }, (_, i) => {
    const part = transfers.slice(i * size, (i + 1) * size)
    return { bytes: BulkClient.encode(part.map(({ raw }) => raw)), count: part.length }
  })
}

/** The node's process. */
class CadenceNode {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  static async start(args: string[]): Promise<CadenceNode> {
    const child = fork(NODE, args, {
      serialization: 'advanced',
      execArgv: [],
    })
    const [{ url }] = (await once(child, 'message')) as [{ url: string }]
    return new CadenceNode(child, url)
  }

  send(message: 'clear' | 'read' | 'stop'): void {
    this.#child.send(message)
  }

  async read(): Promise<{ punctuality: Punctuality[] }> {
    this.send('read')
    const [answer] = (await once(this.#child, 'message')) as [{ punctuality: Punctuality[] }]
    return answer
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.send('stop')
    await once(this.#child, 'exit')
  }
}

/** The program, or undefined without a compiler. */
function compileTick(folder: string, { note }: BenchContext): string | undefined {
  const program = join(folder, 'tick')
  try {
    execFileSync(process.env.CC ?? 'cc', ['-O2', '-o', program, SOURCE], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return program
  } catch (error) {
    note(`the tick in C is left out, no C compiler that takes it: ${(error as Error).message.split('\n')[0]}`)
    return undefined
  }
}

async function reportTick(
  { report }: BenchContext,
  program: string | undefined,
  { seconds, name }: { seconds: number; name: string },
): Promise<void> {
  if (program === undefined) return
  const { stdout } = await promisify(execFile)(program, [String(seconds)])
  for (const [i, figure] of stdout.trim().split(' ').entries()) {
    const metric = `late ${['p50', 'p99', 'max'][i]}`
    report({ case: name, metric, value: Number(figure) / 1000, unit: 'ms', engine: 'C tick' })
  }
}
