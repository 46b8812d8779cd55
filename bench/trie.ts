/**
 * The state trie on one core and on two: keys changed and hashed per second, hashing of the keys included.
 *
 * Accounts without code, or slots of one contract, in random order; each batch is applied and the root computed. Peers
 * run in the same minutes with fewer entries, which favours them.
 */
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { keccak256, TrieKernel } from '../src/kernels/index.ts'
import { bytesToHex, fromBigIntMinimal, Prng, toBigInt } from '../src/lib/index.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, encodeStateDiff } from '../src/protocol/index.ts'
import { OrderedRootBuilder, StateTrie } from '../src/trie/index.ts'
import { type Bench, type BenchContext, median } from './harness.ts'
import { TrieThreads } from './lib/TrieThreads.ts'
import {
  CONTRACT,
  idsByHash,
  type RecordKind,
  recordBytes,
  recordsOf,
  writeRecords,
} from './lib/trieRecords.ts'

export const bench: Bench = {
  name: 'trie',
  summary: 'keys changed and hashed per second in the state trie, on one core and on two',
  options: {
    entries: { type: 'string', help: 'entries of the trie (default: 1,000,000, then 10,000,000)' },
    batch: { type: 'string', help: 'changes between two roots (default: 1,000 10,000 100,000 300,000)' },
    kind: { type: 'string', help: 'accounts (default) or slots of one contract' },
    'hash-from': {
      type: 'string',
      help: 'depth from which branches are hashed at once (default: the one chosen)',
    },
    only: { type: 'string', help: 'batches, blocks, threads, lists or peers (default: all)' },
  },
  async run(context) {
    const { entries, batch, only } = context.options
    const plan = context.tiny ? TINY : FULL
    const sizes = entries === undefined ? plan.entries : [Number(entries)]
    const batches = batch === undefined ? plan.batches : [Number(batch)]
    const wants = (part: string) => only === undefined || only === part
    for (const size of sizes) {
      if (wants('batches') || wants('blocks')) benchOneCore(context, size, wants('batches') ? batches : [])
      if (wants('threads')) await benchThreads(context, size, Math.max(...batches))
    }
    if (wants('lists')) benchOrderedLists(context, plan.listLength)
    if (wants('peers')) await benchPeers(context, plan.peerEntries)
  },
}

const FULL = {
  entries: [1_000_000, 10_000_000],
  batches: [1_000, 10_000, 100_000, 300_000],
  listLength: 100_000,
  peerEntries: 20_000,
}
const TINY: typeof FULL = { entries: [2_000], batches: [10, 100], listLength: 300, peerEntries: 200 }

/** Entries loaded with one call. */
const LOAD = 100_000
/** Keys that each case changes at least, so that small batches don't meet only what the last ones left in the cache. */
const LEAST_KEYS = 200_000
/** A block of mini-blocks, after which the root is asked for. */
const MINI_BLOCKS = 100
const MINI_BLOCK_CHANGES = 1_000

const NONE = new Uint8Array(0)

function kindOf(context: BenchContext): RecordKind {
  return context.options.kind === 'slots' ? 'slots' : 'accounts'
}

/** Addresses for all that a kernel can hold; memory is committed as it is written. */
function memoryOf({ tiny }: BenchContext): number {
  return tiny ? 64 : 4095
}

function caseName(kind: string, size: number, rest: string): string {
  return `${size.toLocaleString('en')} ${kind}, ${rest}`
}

/** A trie kernel that grows by records of one kind. */
class Subject {
  readonly kernel: TrieKernel
  readonly kind: RecordKind
  size = 0
  #round = 0

  constructor(context: BenchContext) {
    const hashFrom = context.options['hash-from']
    this.kind = kindOf(context)
    this.kernel = new TrieKernel({
      memoryMiB: memoryOf(context),
      keptStates: 1,
      ...(hashFrom === undefined ? {} : { hashFromDepth: Number(hashFrom) }),
    })
    if (this.kind === 'slots') this.kernel.apply(contractRecord(), NONE)
  }

  records(ids: Uint32Array): Uint8Array {
    return recordsOf(this.kind, ids, ++this.#round)
  }

  apply(records: Uint8Array): void {
    if (this.kind === 'accounts') this.kernel.apply(records, NONE)
    else this.kernel.apply(NONE, records)
  }

  checksum(): string {
    return bytesToHex(this.kernel.rootHash()).slice(2, 10)
  }
}

function contractRecord(): Uint8Array {
  const record = new Uint8Array(93)
  record.set(CONTRACT)
  record.set(keccak256(CONTRACT), 61)
  return record
}

function benchOneCore(context: BenchContext, size: number, batches: readonly number[]): void {
  const subject = new Subject(context)
  load(context, subject, size)
  const random = new Prng(context.seed)
  for (const batch of batches) {
    const existing = () => Uint32Array.from({ length: batch }, () => random.nextInt(size))
    benchBatches(
      context,
      subject,
      caseName(subject.kind, size, `${batch.toLocaleString('en')} existing`),
      existing,
    )
  }
  benchBlock(context, subject, size, random)
  for (const batch of batches) {
    const fresh = () => Uint32Array.from({ length: batch }, () => subject.size++)
    benchBatches(context, subject, caseName(subject.kind, size, `${batch.toLocaleString('en')} new`), fresh)
  }
}

/** From an empty trie, in pieces in the order of the hashed keys. */
function load(context: BenchContext, subject: Subject, size: number): void {
  const ids = idsByHash(subject.kind, size)
  let ms = 0
  for (let from = 0; from < size; from += LOAD) {
    const records = subject.records(ids.subarray(from, from + LOAD))
    const start = performance.now()
    subject.apply(records)
    ms += performance.now() - start
  }
  const start = performance.now()
  const checksum = subject.checksum()
  ms += performance.now() - start
  subject.size = size
  const name = caseName(subject.kind, size, 'sorted load')
  context.report({ case: name, metric: 'keys', value: (size / ms) * 1000, unit: '1/s', checksum })
  context.report({ case: name, metric: 'time', value: ms / 1000, unit: 's' })
  const bytes = subject.kernel.memory().used / size
  context.report({ case: name, metric: 'memory', value: bytes, unit: 'bytes/entry' })
}

/** Median over batches of other keys each. */
function benchBatches(context: BenchContext, subject: Subject, name: string, next: () => Uint32Array): void {
  const rates: number[] = []
  let keys = 0
  let permutations = 0
  const rounds = context.tiny ? 2 : context.repeats
  for (let round = 0; round <= rounds || (!context.tiny && keys < LEAST_KEYS); round++) {
    const ids = next()
    const records = subject.records(ids)
    const before = subject.kernel.permutations()
    const start = performance.now()
    subject.apply(records)
    subject.kernel.rootHash()
    const ms = performance.now() - start
    if (round === 0) continue
    rates.push((ids.length / ms) * 1000)
    permutations += subject.kernel.permutations() - before
    keys += ids.length
  }
  const checksum = subject.checksum()
  context.report({ case: name, metric: 'keys', value: median(rates), unit: '1/s', checksum })
  context.report({ case: name, metric: 'permutations', value: permutations / keys, unit: '1/key' })
}

/** Mini-blocks follow each other, then the block is sealed: what is left to do then? */
function benchBlock(context: BenchContext, subject: Subject, size: number, random: Prng): void {
  const changes = context.tiny ? 10 : MINI_BLOCK_CHANGES
  const applyMs: number[] = []
  const rootMs: number[] = []
  for (let block = 0; block <= context.repeats; block++) {
    let ms = 0
    for (let miniBlock = 0; miniBlock < MINI_BLOCKS; miniBlock++) {
      const records = subject.records(Uint32Array.from({ length: changes }, () => random.nextInt(size)))
      const start = performance.now()
      subject.apply(records)
      ms += performance.now() - start
    }
    const start = performance.now()
    subject.kernel.rootHash()
    if (block === 0) continue
    applyMs.push(ms)
    rootMs.push(performance.now() - start)
  }
  const name = caseName(subject.kind, size, `${MINI_BLOCKS} × ${changes.toLocaleString('en')}`)
  const perKey = (median(applyMs) * 1000) / (MINI_BLOCKS * changes)
  context.report({ case: name, metric: 'apply', value: perKey, unit: 'µs/key' })
  context.report({
    case: name,
    metric: 'root',
    value: median(rootMs),
    unit: 'ms',
    checksum: subject.checksum(),
  })
}

/** The same accounts and batches on one thread and on two. */
async function benchThreads(context: BenchContext, size: number, batch: number): Promise<void> {
  const name = caseName('accounts', size, `${batch.toLocaleString('en')} existing`)
  const times: ThreadTimes[] = []
  for (const threads of [1, 2]) {
    const time = await timeThreads(context, size, batch, threads)
    const rate = (batch / time.wallMs) * 1000
    context.report({ case: `${name}, ${threads} threads`, metric: 'keys', value: rate, unit: '1/s' })
    times.push(time)
  }
  const [one, two] = times as [ThreadTimes, ThreadTimes]
  const ratio = caseName('accounts', size, 'two threads / one')
  context.report({ case: ratio, metric: 'by the clock', value: one.wallMs / two.wallMs, unit: '×' })
  context.report({ case: ratio, metric: 'processor time', value: one.threadMs / two.threadMs, unit: '×' })
}

/** Medians of a batch: by the clock, and of the thread that took most processor time. */
type ThreadTimes = { wallMs: number; threadMs: number }

async function timeThreads(
  context: BenchContext,
  size: number,
  batch: number,
  count: number,
): Promise<ThreadTimes> {
  const piece = Math.max(batch, Math.min(LOAD, size))
  const mostBytes = piece * recordBytes('accounts')
  const threads = new TrieThreads(count, { memoryMiB: memoryOf(context), mostBytes })
  try {
    const run = (ids: Uint32Array, round: number): ThreadTimes => {
      writeRecords('accounts', ids, round, threads.records)
      const start = performance.now()
      const threadMs = threads.round(ids.length * recordBytes('accounts'))
      return { wallMs: performance.now() - start, threadMs }
    }
    for (let from = 0; from < size; from += piece) {
      run(
        Uint32Array.from({ length: Math.min(piece, size - from) }, (_, i) => from + i),
        1,
      )
    }
    const random = new Prng(context.seed)
    const times: ThreadTimes[] = []
    for (let round = 0; round <= context.repeats; round++) {
      const time = run(
        Uint32Array.from({ length: batch }, () => random.nextInt(size)),
        2 + round,
      )
      if (round > 0) times.push(time)
    }
    return {
      wallMs: median(times.map(({ wallMs }) => wallMs)),
      threadMs: median(times.map((time) => time.threadMs)),
    }
  } finally {
    await threads.close()
  }
}

/** Receipts of a block: while they come, and once the last is there. */
function benchOrderedLists(context: BenchContext, length: number): void {
  const builder = new OrderedRootBuilder()
  const values = Array.from({ length }, (_, i) => new Uint8Array(330).fill(1 + (i % 250)))
  const addMs: number[] = []
  const rootMs: number[] = []
  let checksum = ''
  for (let round = 0; round <= context.repeats; round++) {
    const start = performance.now()
    for (const value of values) builder.add(value)
    const added = performance.now()
    checksum = bytesToHex(builder.root()).slice(2, 10)
    if (round === 0) continue
    addMs.push(added - start)
    rootMs.push(performance.now() - added)
  }
  const name = `list of ${length.toLocaleString('en')}, 330 bytes each`
  context.report({ case: name, metric: 'add', value: (median(addMs) * 1000) / length, unit: 'µs/value' })
  context.report({ case: name, metric: 'root', value: median(rootMs) * 1000, unit: 'µs', checksum })
}

/** The readable trie and @ethereumjs/mpt, whose keys and values are the same accounts. */
async function benchPeers(context: BenchContext, size: number): Promise<void> {
  const name = caseName('accounts', size, 'all changed')
  const report = (engine: string, ms: number, checksum: string) =>
    context.report({ case: name, metric: 'keys', value: (size / ms) * 1000, unit: '1/s', engine, checksum })

  const kernel = new TrieKernel({ memoryMiB: 256, keptStates: 1 })
  const ids = Uint32Array.from({ length: size }, (_, i) => i)
  const rounds = [1, 2].map((round) => recordsOf('accounts', ids, round))
  kernel.apply(rounds[0]!, NONE)
  kernel.rootHash()
  let start = performance.now()
  kernel.apply(rounds[1]!, NONE)
  const root = bytesToHex(kernel.rootHash())
  report('leveret', performance.now() - start, root.slice(2, 10))

  let readable = StateTrie.empty().apply(diffOf(rounds[0]!))
  readable.root()
  const diff = diffOf(rounds[1]!)
  start = performance.now()
  readable = readable.apply(diff)
  const readableRoot = bytesToHex(readable.root())
  report('readable trie', performance.now() - start, readableRoot.slice(2, 10))
  if (readableRoot !== root) throw new TrieBenchError(root, readableRoot)

  const mpt = await createMPT({ useKeyHashing: true })
  const [first, second] = rounds.map(mptEntries)
  for (const { address, value } of first!) await mpt.put(address, value)
  start = performance.now()
  for (const { address, value } of second!) await mpt.put(address, value)
  const mptRoot = bytesToHex(mpt.root())
  report('@ethereumjs/mpt', performance.now() - start, mptRoot.slice(2, 10))
  if (mptRoot !== root) throw new TrieBenchError(root, mptRoot)
}

/** What the trie holds for each account: rlp([nonce, balance, storageRoot, codeHash]). */
function mptEntries(records: Uint8Array): { address: Uint8Array; value: Uint8Array }[] {
  const entries = []
  for (let at = 0; at < records.length; at += recordBytes('accounts')) {
    const [nonce, balance] = [records.subarray(at + 21, at + 29), records.subarray(at + 29, at + 61)].map(
      (bytes) => fromBigIntMinimal(toBigInt(bytes)),
    )
    const value = RLP.encode([nonce!, balance!, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH])
    entries.push({ address: records.subarray(at, at + 20), value })
  }
  return entries
}

function diffOf(records: Uint8Array): Uint8Array {
  const empty = encodeStateDiff({ accounts: [], slots: [], codes: [] })
  const diff = new Uint8Array(records.length + empty.length)
  diff.set(records, 4)
  new DataView(diff.buffer).setUint32(0, records.length / recordBytes('accounts'), true)
  return diff
}

/** The trie gave another root than a peer. */
class TrieBenchError extends Error {
  override name = 'TrieBenchError'
  constructor(expected: string, received: string) {
    super(
      `Two tries of the same accounts have different roots.\n  ours: ${expected}   the peer's: ${received}\n  next: run the trie's fuzz test.`,
    )
  }
}
