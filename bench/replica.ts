/**
 * `npm run bench -- replica`: what it takes to follow a chain.
 *
 * First on one thread, without a node: entries of 1,000 ERC-20 transfers are checked (signature, order, digests), decoded and
 * applied to a state. Then with two nodes in processes of their own, over TCP on loopback: a sequencer with mini-blocks of
 * 10 ms is loaded for a while before a replica starts, which fetches and checks the state, catches up, and then keeps up.
 * Its delay is from the time in a mini-block, when it was sealed, until a subscriber of the replica has it, at which moment
 * every read of the replica shows it; both processes have the same clock. At last a full node executes what another
 * sequencer has made.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  EntryMaker,
  encodeEntry,
  encodeRecord,
  LogOrder,
  payloadOf,
  signEntry,
  signWithKey,
} from '../src/feed/index.ts'
import { ByteWriter, bytesToHex, Prng } from '../src/lib/index.ts'
import { addressOfPublicKey, publicKeyOf } from '../src/protocol/index.ts'
import { EntryFollower } from '../src/replica/index.ts'
import { FollowerState } from '../test/bodies/BodyRoundTrip.ts'
import { ExecutedChain } from '../test/bodies/ExecutedChain.ts'
import { type Bench, type BenchContext, measure, median } from './harness.ts'
import { measureFullNode } from './lib/fullNodeRate.ts'
import { NodeProcess } from './lib/NodeProcess.ts'
import { reportDelay } from './lib/replicaDelay.ts'
import { sendEvenly } from './lib/sendEvenly.ts'
import { type StreamWorkload, transferWorkload } from './lib/streamWorkloads.ts'
import { TransferLoad } from './lib/TransferLoad.ts'

const MINI_BLOCK = 1000
const CHUNK = 500
const KEY = new Uint8Array(32).fill(0x46)
const GENESIS_HASH = new Uint8Array(32)
const MINI_BLOCK_MS = 10
const BLOCK_GAS_LIMIT = 10_000_000_000
const SENDERS = 500
const SLAB_BYTES = 2 * 2 ** 20
const SLAB_COUNT = 5
const GENESIS_PIECE = 10_000
/** More don't fit an engine of the default size. */
const MOST_ACCOUNTS_BY_DEFAULT = 2_000_000
/** How a sequencer publishes. */
const PUBLISH = { port: 0, key: { kind: 'hex', hex: bytesToHex(KEY) } }

export const bench: Bench = {
  name: 'replica',
  summary: 'how fast a replica applies the stream, catches up and bootstraps, and how far it is behind',
  options: {
    'mini-blocks': { type: 'string', help: 'mini-blocks of 1,000 transfers that are applied (default 200)' },
    accounts: { type: 'string', help: 'accounts of the state that is fetched (default 1000000)' },
    rate: { type: 'string', help: 'transfers/s that the sequencer gets (default 1000)' },
    'behind-seconds': { type: 'string', help: 'how far behind the replica starts (default 30)' },
    seconds: { type: 'string', help: 'seconds in which the delay is measured (default 20)' },
    'full-transfers': { type: 'string', help: 'transfers that a full node executes (default 100000)' },
  },
  async run(context) {
    await measureApplying(context)
    const folder = mkdtempSync(join(tmpdir(), 'leveret-replica-'))
    try {
      await measureNodes(context, folder)
      const count = context.tiny ? 500 : Number(context.options['full-transfers'] ?? 100_000)
      await measureFullNode(context, { folder, count, publish: PUBLISH, miniBlockMs: MINI_BLOCK_MS })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

// On one thread

/** In processor time of the thread: others may be at work on the machine. */
async function measureApplying(context: BenchContext): Promise<void> {
  const { tiny, repeats, seed, options, report } = context
  const miniBlocks = tiny ? 3 : Number(options['mini-blocks'] ?? 200)
  const count = miniBlocks * MINI_BLOCK
  const workload = transferWorkload({ people: tiny ? 50 : 200_000, exponent: 1, count, seed })
  const entries = await entriesOf(workload, new Prng(seed))
  const times: number[] = []
  const { checksum } = await measure({
    repeats,
    prepare: () => followerOf(workload),
    work: ({ follower, state }) => {
      const startMs = processorMs()
      for (const entry of entries) follower.take(entry)
      times.push(processorMs() - startMs)
      return `${follower.nextRecord} records, ${state.engine.slotCount} slots`
    },
  })
  // The first is the warm-up.
  const medianMs = median(times.slice(1))
  const bytes = entries.reduce((sum, { length }) => sum + length, 0)
  const name = 'applied on one thread'
  report({ case: name, metric: 'transfers', value: count / (medianMs / 1000), unit: '1/s', checksum })
  report({ case: name, metric: 'mini-blocks', value: miniBlocks / (medianMs / 1000), unit: '1/s' })
  report({ case: name, metric: 'stream', value: bytes / count, unit: 'bytes each' })
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function entriesOf(workload: StreamWorkload, random: Prng): Promise<Uint8Array[]> {
  const ledger = workload.open()
  const chain = new ExecutedChain(ledger, random)
  const state = new FollowerState(workload.open().engine)
  const maker = new EntryMaker({
    ...{ genesisHash: GENESIS_HASH, epoch: 3n, nextRecord: 0n, parentDigest: GENESIS_HASH },
    ...{ miniBlockNumber: 0n, oldState: state },
  })
  const signer = { address: addressOf(KEY), sign: (digest: Uint8Array) => signWithKey(digest, KEY) }
  const encoded: Uint8Array[] = []
  const transactions = [...workload.transactions(ledger)]
  for (let at = 0; at < transactions.length; ) {
    for (const record of chain.miniBlock([CHUNK, CHUNK], () => transactions[at++]!)) {
      const entry = maker.add(record, payloadOf(encodeRecord(record)))
      state.follow(record)
      if (entry !== undefined)
        encoded.push(encodeEntry(await signEntry(entry, { genesisHash: GENESIS_HASH, signer })))
    }
  }
  return encoded
}

function followerOf(workload: StreamWorkload): { follower: EntryFollower; state: FollowerState } {
  const state = new FollowerState(workload.open().engine)
  const start = { blockNumber: 1n, headerNumber: 1n, miniBlockNumber: 1n, parentDigest: GENESIS_HASH }
  const follower = new EntryFollower({
    ...{ genesisHash: GENESIS_HASH, signer: addressOf(KEY) },
    open: () => ({
      ...{ order: new LogOrder(start), nextRecord: 0n, miniBlockNumber: 0n },
      state: {
        account: (address) => state.account(address),
        slot: (address, key) => state.slot(address, key),
        readAccounts: (addresses, target) => state.readAccounts(addresses, target),
        readSlots: (names, target) => state.readSlots(names, target),
        take: (record) => state.follow(record),
      },
    }),
    sink: { append: () => {}, known: () => {}, evidence: () => {}, refuted: () => {} },
    frames: new ByteWriter({ capacity: SLAB_BYTES, allocate: inTurn() }),
  })
  return { follower, state }
}

/** Memory that is used again, as a node's slabs of frames. */
function inTurn(): (bytes: number) => SharedArrayBuffer {
  const slabs = Array.from({ length: SLAB_COUNT }, () => new SharedArrayBuffer(SLAB_BYTES))
  let given = 0
  return (bytes) => (bytes > SLAB_BYTES ? new SharedArrayBuffer(bytes) : slabs[given++ % SLAB_COUNT]!)
}

function addressOf(key: Uint8Array): Uint8Array {
  return addressOfPublicKey(publicKeyOf(key, false))
}

// With nodes

type Shape = { accounts: number; rate: number; behindSeconds: number; seconds: number }

function shapeOf({ tiny, options }: BenchContext): Shape {
  if (tiny) return { accounts: 100, rate: 200, behindSeconds: 1, seconds: 1 }
  return {
    accounts: Number(options.accounts ?? 1_000_000),
    rate: Number(options.rate ?? 1000),
    behindSeconds: Number(options['behind-seconds'] ?? 30),
    seconds: Number(options.seconds ?? 20),
  }
}

async function measureNodes(context: BenchContext, folder: string): Promise<void> {
  const shape = shapeOf(context)
  const rounds = Math.ceil((shape.rate * (shape.behindSeconds + shape.seconds)) / SENDERS)
  const load = new TransferLoad({ accounts: SENDERS, rounds, connections: 1, blockGasLimit: BLOCK_GAS_LIMIT })
  const path = join(folder, 'genesis.json')
  writeGenesis(path, load, shape.accounts)
  const memoryMiB = shape.accounts > MOST_ACCOUNTS_BY_DEFAULT ? 4095 : undefined
  const common = { port: 0, explorer: false, snapshotMiB: 0, memoryMiB }
  const sequencer = await NodeProcess.start({
    ...{
      ...common,
      data: join(folder, 'sequencer'),
      genesis: { path },
      publish: PUBLISH,
    },
    ...{ miniBlockMs: MINI_BLOCK_MS, mining: 'interval', dev: true },
  })
  let replica: NodeProcess | undefined
  try {
    const transfers = load.between(0, rounds)[0]!
    await sendEvenly(sequencer.url, transfers.splice(0, shape.rate * shape.behindSeconds), shape.rate)
    const startMs = performance.now()
    replica = await NodeProcess.start({
      ...{ ...common, data: join(folder, 'replica'), replica: { from: [sequencer.feedUrl!] } },
    })
    await reportCatchUp(context, shape, { sequencer, replica, startMs })
    const { rate, seconds } = shape
    const name = `${rate} transfers/s, mini-blocks of ${MINI_BLOCK_MS} ms`
    await reportDelay(context, name, { sequencer, replica, transfers, rate, seconds })
    const { residentBytes, mostResidentBytes } = await replica.figures()
    const [now, most] = [residentBytes / 2 ** 20, mostResidentBytes / 2 ** 20]
    context.report({ case: 'replica', metric: 'resident memory', value: now, unit: 'MiB' })
    context.report({ case: 'replica', metric: 'resident memory, at most', value: most, unit: 'MiB' })
  } finally {
    await replica?.stop()
    await sequencer.stop()
  }
}

/** In pieces: ten million accounts are longer than a string can be. */
function writeGenesis(path: string, load: TransferLoad, accounts: number): void {
  const file = openSync(path, 'w')
  try {
    // It ends with the accounts of the load.
    writeSync(file, load.genesis.slice(0, load.genesis.lastIndexOf('}}')))
    for (let at = 0; at < accounts; at += GENESIS_PIECE) {
      const some = Array.from({ length: Math.min(GENESIS_PIECE, accounts - at) }, (_, i) => at + i)
      writeSync(file, some.map((i) => `,${accountText(i)}`).join(''))
    }
    writeSync(file, '}}')
  } finally {
    closeSync(file)
  }
}

function accountText(i: number): string {
  return `"aa${i.toString(16).padStart(38, '0')}":{"balance":"0x${(i + 1).toString(16)}"}`
}

async function reportCatchUp(
  { report, note }: BenchContext,
  { accounts }: Shape,
  { sequencer, replica, startMs }: { sequencer: NodeProcess; replica: NodeProcess; startMs: number },
): Promise<void> {
  const name = `${accounts} accounts`
  const answersMs = performance.now()
  report({ case: name, metric: 'start to answers', value: (answersMs - startMs) / 1000, unit: 's' })
  const [there, first] = [await sequencer.miniBlock(), await replica.miniBlock()]
  await replica.reaches(there)
  const seconds = (performance.now() - answersMs) / 1000
  const caughtUp = Number(there - first)
  // Where the main thread is slow to start, the others are done by then.
  if (caughtUp === 0) return note('it had caught up before it answered: see start to answers')
  const perSecond = caughtUp / Math.max(seconds, 0.005)
  report({ case: 'catching up', metric: 'mini-blocks', value: perSecond, unit: '1/s' })
  const timesFaster = (perSecond * MINI_BLOCK_MS) / 1000
  report({ case: 'catching up', metric: 'times as fast as they came', value: timesFaster, unit: '' })
}
