/**
 * `npm run bench -- sealing`: how far headers are behind execution under load, and whether mini-blocks notice.
 *
 * The node's own threads and view, without RPC and signatures: ERC-20 transfers, encoded before, are handed to the
 * sequencer at an even rate. The lag of a block is from its last transaction's arrival at the reader to that of its
 * header. The same load runs without any block's end beside it, which says what mini-block intervals are without sealing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogRecord, readFrames } from '../src/feed/index.ts'
import { keccak256 } from '../src/kernels/index.ts'
import { assert, bytesToHex, concatBytes, fromBigInt, hexToBytes } from '../src/lib/index.ts'
import { loadChain } from '../src/node/chain.ts'
import { openDataFolder } from '../src/node/dataFolder.ts'
import { type IntakeRing, SHORT_FRAME_TRANSACTIONS } from '../src/node/intake/IntakeRing.ts'
import { cellOf, IntakeWriter } from '../src/node/intake/IntakeWriter.ts'
import { NodeThreads } from '../src/node/NodeThreads.ts'
import { openView } from '../src/node/openView.ts'
import type { Signal } from '../src/node/Signal.ts'
import { SequencerRole } from '../src/node/sequencing/index.ts'
import { findStart } from '../src/node/startPoint.ts'
import type { SequencerToMain } from '../src/node/writerMessages.ts'
import {
  encodePrepared,
  encodeTransaction,
  PREPARED,
  type PreparedTransaction,
  preparedEntries,
} from '../src/protocol/index.ts'
import { ARRIVALS_LIMIT, type TicketRange } from '../src/sequencer/index.ts'
import { deployedCode } from '../test/lib/index.ts'
import { type Bench, type BenchContext, percentile } from './harness.ts'
import { benchGenesis, type GenesisAccount } from './lib/genesis.ts'
import { addressOf } from './lib/Ledger.ts'

const TOKEN = '0x00000000000000000000000000000000000707e0'
const GAS_LIMIT = 60_000n
const MAX_FEE = 10n ** 12n
const BLOCK_GAS_LIMIT = 1_000_000_000_000
const BALANCE = 10n ** 24n
const BATCH_MS = 5
const NO_BLOCK_END_MS = 3_600_000

export const bench: Bench = {
  name: 'sealing',
  summary: 'lag of headers behind execution at an even load of ERC-20 transfers, and mini-block intervals',
  options: {
    rate: { type: 'string', help: 'transfers/s (default 30000)' },
    seconds: { type: 'string', help: 'length of a run (default 20)' },
    accounts: { type: 'string', help: 'senders and receivers (default 10000)' },
    'mini-block-ms': { type: 'string', help: 'shortest time between two mini-blocks (default 10)' },
  },
  async run(context) {
    const shape = context.tiny
      ? { rate: 500, seconds: 2, accounts: 20, miniBlockMs: 10 }
      : {
          rate: Number(context.options.rate ?? 30_000),
          seconds: Number(context.options.seconds ?? 20),
          accounts: Number(context.options.accounts ?? 10_000),
          miniBlockMs: Number(context.options['mini-block-ms'] ?? 10),
        }
    const load = new TransferLoad(shape)
    const blockMs = context.tiny ? 200 : 1000
    report(context, { name: 'blocks of 1 s', run: await run(load, { ...shape, blockMs }), shape })
    report(context, {
      name: 'no block ends',
      run: { ...(await run(load, { ...shape, blockMs: NO_BLOCK_END_MS })), lagsMs: [] },
      shape,
    })
  },
}

type Shape = { rate: number; seconds: number; accounts: number; miniBlockMs: number }

type Run = {
  executed: number
  elapsedMs: number
  lagsMs: number[]
  intervalsMs: number[]
  /** Processor time by thread, in ms. */
  threads: Record<string, number>
}

function report(context: BenchContext, { name, run, shape }: { name: string; run: Run; shape: Shape }): void {
  const perSecond = run.executed / (run.elapsedMs / 1000)
  context.report({
    case: name,
    metric: 'transfers',
    value: perSecond,
    unit: '1/s',
    checksum: `${run.executed}`,
  })
  if (perSecond < shape.rate * 0.95) context.note(`the load of ${shape.rate}/s was not reached`)
  for (const [thread, ms] of Object.entries(run.threads)) {
    const value = (ms * 1000) / run.executed
    context.report({ case: name, metric: `processor, ${thread}`, value, unit: 'µs a transfer' })
  }
  const figures = [
    ['sealing lag', run.lagsMs],
    ['mini-block interval', run.intervalsMs],
  ] as const
  for (const [metric, values] of figures) {
    if (values.length === 0) continue
    const sorted = values.toSorted((a, b) => a - b)
    for (const p of [50, 99, 100]) {
      const label = p === 100 ? 'max' : `p${p}`
      context.report({ case: name, metric: `${metric} ${label}`, value: percentile(sorted, p), unit: 'ms' })
    }
  }
}

/** Transfers of each account to the next, again and again, as the sequencer's thread takes them. */
class TransferLoad {
  readonly genesis: string
  /** One for each {@link BATCH_MS}. */
  readonly batches: Uint8Array[] = []
  readonly perBatch: number
  count = 0

  constructor({ rate, seconds, accounts }: Shape) {
    const addresses = Array.from({ length: accounts }, (_, i) => addressOf(i))
    this.genesis = JSON.stringify(genesisOf(addresses))
    const perBatch = Math.round((rate * BATCH_MS) / 1000)
    this.perBatch = perBatch
    const batchCount = Math.ceil((rate * seconds) / perBatch)
    for (let batch = 0; batch < batchCount; batch++) {
      const transactions = Array.from({ length: perBatch }, (_, i) =>
        transfer(addresses, batch * perBatch + i),
      )
      // As bytes: the collector would walk through a million objects again and again.
      this.count += perBatch
      this.batches.push(encodePrepared(transactions))
    }
  }
}

function transfer(addresses: Uint8Array[], index: number): PreparedTransaction {
  const sender = addresses[index % addresses.length]!
  const to = addresses[(index * 7919 + 1) % addresses.length]!
  const nonce = BigInt(Math.floor(index / addresses.length))
  const data = concatBytes(hexToBytes('0xa9059cbb'), new Uint8Array(12), to, fromBigInt(1n, 32))
  const raw = encodeTransaction({
    ...{ type: 2, chainId: 31337n, nonce, gasLimit: GAS_LIMIT, to: hexToBytes(TOKEN), value: 0n, data },
    ...{ maxFeePerGas: MAX_FEE, maxPriorityFeePerGas: 1n, accessList: [], yParity: 0, r: 1n, s: 1n },
  })
  return { hash: keccak256(raw), sender, raw, authorities: [] }
}

function genesisOf(addresses: Uint8Array[]): object {
  const storage: Record<string, string> = {}
  const alloc: Record<string, GenesisAccount> = {}
  for (const address of addresses) {
    // OpenZeppelin's ERC20 keeps balances in the mapping at slot 0.
    const slot = keccak256(concatBytes(new Uint8Array(12), address, new Uint8Array(32)))
    storage[bytesToHex(slot)] = `0x${BALANCE.toString(16).padStart(64, '0')}`
    alloc[bytesToHex(address).slice(2)] = { balance: `0x${BALANCE.toString(16)}` }
  }
  alloc[TOKEN.slice(2)] = { balance: '0x0', nonce: '0x1', code: deployedCode('Token'), storage }
  return benchGenesis(alloc, { gasLimit: BLOCK_GAS_LIMIT })
}

/** Starts the node's threads on a new folder, hands them the load and follows what comes. */
async function run(load: TransferLoad, { blockMs, miniBlockMs }: Shape & { blockMs: number }): Promise<Run> {
  const path = mkdtempSync(join(tmpdir(), 'leveret-sealing-'))
  const folder = openDataFolder({ path, genesis: { text: load.genesis }, local: {}, fresh: false })
  const { log: logFolder, journal, genesis } = folder
  const chain = loadChain(genesis)
  const { snapshot, report: recovery } = findStart(folder, chain.hash, {
    remarks: [],
    historyHead: undefined,
  })
  const settings = {
    ...{ logFolder, snapshot, recordCount: recovery.recordCount, genesis },
    ...{ memoryMiB: undefined, evm: 'auto' as const, segmentBytes: 64 * 2 ** 20 },
  }
  const role = new SequencerRole({
    ...{ journal, miniBlockMs, mining: { kind: 'interval', ms: blockMs }, isDev: false, evm: 'auto' },
    speculation: { speculators: 0, parallel: 'never' },
    epoch: 0n,
  })
  const threads = new NodeThreads(settings, role)
  const { view, history } = await openView(chain, folder, {
    ...{ ...settings, isDev: false, compiler: threads.compiler?.port, stateWindow: 128, remarks: [] },
  })
  await threads.startHelpers(folder.compiled)
  const reader = new Reader()
  const intake = new Intake(role.intake, threads.signal)
  try {
    const failed = new Promise<never>((_, reject) => threads.onFailure(reject))
    const ready = new Promise<void>((resolve) => {
      threads.writer.on('message', (message: SequencerToMain) => {
        if (message.kind === 'ready') resolve()
        else if (message.kind === 'step') {
          for (const range of message.executed) intake.free(range)
          assert(message.refused.length === 0, `refused: ${message.refused[0]?.message}`)
          for (const { record } of readFrames(threads.frames.read(message.frames))) {
            view.follow(
              record.kind === 'chunk' ? { ...record, transactions: record.transactions.copy() } : record,
            )
            reader.take(record)
          }
        }
      })
    })
    await Promise.race([failed, ready])
    const startMs = performance.now()
    const before = await processorMs(threads)
    await Promise.race([failed, send(load, intake)])
    await Promise.race([failed, reader.executedAll(load)])
    const elapsedMs = performance.now() - startMs
    await history.indexed()
    const after = await processorMs(threads)
    return { ...reader.run, elapsedMs, threads: difference(after, before) }
  } finally {
    await threads.close()
    await history.close()
    rmSync(path, { recursive: true, force: true })
  }
}

/** Processor time of each of the node's threads; `rest`: of all others of the process, the database's and the collector's. */
async function processorMs(threads: NodeThreads): Promise<Record<string, number>> {
  const named: Record<string, number> = {
    ...(await threads.processorMs()),
    main: msOf(process.threadCpuUsage()),
  }
  const sum = Object.values(named).reduce((total, each) => total + each, 0)
  return { ...named, rest: msOf(process.cpuUsage()) - sum }
}

function msOf({ user, system }: { user: number; system: number }): number {
  return (user + system) / 1000
}

function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]))
}

/** Hands over a batch whenever one is due and there is room for it; after a delay, all that are. */
async function send({ batches, perBatch }: TransferLoad, intake: Intake): Promise<void> {
  const startMs = performance.now()
  const isDue = (next: number): boolean => performance.now() >= startMs + next * BATCH_MS
  for (let next = 0; next < batches.length; ) {
    for (; next < batches.length && isDue(next) && intake.hasRoom(perBatch); next++)
      intake.hand(batches[next]!)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Puts transfers into the ring as if their signers had been recovered. */
class Intake {
  readonly #ring: IntakeRing
  readonly #signal: Signal
  readonly #writer: IntakeWriter
  #unanswered = 0

  constructor(intake: IntakeRing, signal: Signal) {
    this.#ring = intake
    this.#signal = signal
    this.#writer = new IntakeWriter(intake)
  }

  /** A machine that is busy otherwise may keep the sequencer from its work for a second. */
  hasRoom(count: number): boolean {
    // One more where the ring ends in the middle of a batch.
    const frames = Math.ceil(count / SHORT_FRAME_TRANSACTIONS) + 1
    return this.#unanswered + count <= ARRIVALS_LIMIT && this.#writer.freeFrames > frames
  }

  hand(batch: Uint8Array): void {
    for (const { transaction } of preparedEntries(batch)) {
      const { raw, sender, hash } = transaction
      if (this.#writer.isFrameFull) this.#publish()
      let cell = this.#writer.add(raw)
      if (cell === undefined) {
        // At the ring's end: the rest goes to its beginning, in a new frame.
        this.#publish()
        cell = this.#writer.add(raw)
      }
      assert(cell !== undefined, 'the ring has room')
      this.#unanswered++
      const offset = this.#ring.offsetOf(cell)
      this.#ring.bytes.set(sender, offset + PREPARED.sender)
      this.#ring.bytes.set(hash, offset + PREPARED.hash)
    }
    this.#publish()
    this.#signal.wake()
  }

  free({ first, count }: TicketRange): void {
    this.#unanswered -= count
    for (let ticket = first; ticket < first + count; ticket++) this.#writer.free(cellOf(ticket))
  }

  #publish(): void {
    this.#ring.claimNext()
    this.#ring.finish(this.#writer.publish('Osaka'), true)
  }
}

/** Notes when what arrives. */
class Reader {
  readonly run: Omit<Run, 'elapsedMs' | 'threads'> = { executed: 0, lagsMs: [], intervalsMs: [] }
  /** When the newest transaction of a block that has no header yet arrived. */
  readonly #lastMs = new Map<bigint, number>()
  #open = 0n
  #sealedUs = 0n

  take(record: LogRecord): void {
    if (record.kind === 'openBlock') this.#open = record.number
    else if (record.kind === 'chunk' && record.transactions.length > 0) {
      this.run.executed += record.transactions.length
      this.#lastMs.set(this.#open, performance.now())
    } else if (record.kind === 'sealMiniBlock' && record.transactionCount > 0) {
      if (this.#sealedUs > 0n) this.run.intervalsMs.push(Number(record.timestampUs - this.#sealedUs) / 1000)
      this.#sealedUs = record.timestampUs
    } else if (record.kind === 'sealHeader') {
      const lastMs = this.#lastMs.get(record.number)
      if (lastMs !== undefined) this.run.lagsMs.push(performance.now() - lastMs)
      this.#lastMs.delete(record.number)
    }
  }

  async executedAll({ count }: TransferLoad): Promise<void> {
    while (this.run.executed < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
