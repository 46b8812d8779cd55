/**
 * `npm run bench -- diff`: how many bits of state diff a stream carries, and what coding them costs.
 *
 * Mini-blocks of 1,000 transactions are executed by the engine; what they changed is laid out in several ways, and their
 * records are written into compact bodies (docs/spec/mini-block.md) and read again, with the bytes held against each other.
 * All rates are for 100,000 transactions/s; speeds are of processor time. The compact diff is what differs from a prediction made of the transactions and
 * receipts, so it is of use beside them only: the rest of the stream is reported with it.
 */

import { type ColumnName, columnWriters, joinColumns, splitColumns } from '../src/feed/compact/columns.ts'
import { Dictionary } from '../src/feed/compact/Dictionary.ts'
import { DictionaryIndex } from '../src/feed/compact/DictionaryIndex.ts'
import { DiffEncoder } from '../src/feed/compact/DiffEncoder.ts'
import { MAX_DIFF_ADDRESSES, MAX_DIFF_SLOTS } from '../src/feed/compact/limits.ts'
import { Prediction } from '../src/feed/compact/Prediction.ts'
import { BodyDecoder, BodyEncoder, encodeRecord, type LogRecord, payloadOf } from '../src/feed/index.ts'
import { assert, Prng } from '../src/lib/index.ts'
import { FollowerState } from '../test/bodies/BodyRoundTrip.ts'
import { ExecutedChain } from '../test/bodies/ExecutedChain.ts'
import type { Bench, BenchContext } from './harness.ts'
import { entriesOf, groupedBytes, NumberedLayout, naiveBytes } from './lib/diffLayouts.ts'
import { type StreamWorkload, swapWorkload, transferWorkload } from './lib/streamWorkloads.ts'

const MINI_BLOCK = 1000
const CHUNK = 500
/** Transactions a second that all rates are for. */
const RATE = 100_000
const MINI_BLOCKS_PER_SECOND = RATE / MINI_BLOCK

export const bench: Bench = {
  name: 'diff',
  summary:
    'Mbit/s of state diff and of the whole stream at 100,000 transactions/s, and the speed of the codec',
  options: {
    seconds: { type: 'string', help: 'seconds of the stream, the first apart (default 6)' },
    case: { type: 'string', help: 'only cases whose name has this in it' },
  },
  run(context) {
    const seconds = Number(context.options.seconds ?? 6)
    const miniBlocks = context.tiny ? 4 : seconds * MINI_BLOCKS_PER_SECOND
    const wanted = String(context.options.case ?? '')
    for (const { name, people, exponent, make, share } of CASES.filter((each) =>
      each.name.includes(wanted),
    )) {
      const count = Math.ceil(miniBlocks * share) * MINI_BLOCK
      const shape = { people: context.tiny ? 50 : people, exponent, count, seed: context.seed }
      runCase(context, name, { workload: make(shape), miniBlocks: count / MINI_BLOCK })
    }
  },
}

/** `share`: of the seconds; swaps take long to execute. */
const CASES = [
  { name: 'erc-20, zipf 1.0', people: 200_000, exponent: 1, make: transferWorkload, share: 1 },
  { name: 'erc-20, zipf 0.5', people: 200_000, exponent: 0.5, make: transferWorkload, share: 1 },
  { name: 'uniswap v2 swaps', people: 2_000, exponent: 1, make: swapWorkload, share: 0.34 },
]

/** Bytes by what they are of, and milliseconds. */
type Sums = Record<string, number>

function runCase(
  context: BenchContext,
  name: string,
  { workload, miniBlocks }: { workload: StreamWorkload; miniBlocks: number },
): void {
  const firstSecond: Sums = {}
  const later: Sums = {}
  const split = context.tiny ? 2 : MINI_BLOCKS_PER_SECOND
  let number = 0
  for (const sums of measureMiniBlocks(workload, context.seed)) {
    const into = number++ < split ? firstSecond : later
    for (const [what, amount] of Object.entries(sums)) into[what] = (into[what] ?? 0) + amount
  }
  assert(number === miniBlocks, 'every transaction is in a mini-block')
  report(context, `${name}, first second`, firstSecond, split)
  if (number > split) report(context, name, later, number - split)
}

function report(context: BenchContext, name: string, sums: Sums, miniBlocks: number): void {
  const transactions = miniBlocks * MINI_BLOCK
  for (const [what, amount] of Object.entries(sums)) {
    if (what.endsWith('Ms')) {
      const metric = `${what.slice(0, -2)} speed`
      // A thread's time is counted in ticks: tiny inputs may take none.
      if (amount === 0) continue
      context.report({ case: name, metric, value: transactions / (amount / 1000), unit: '1/s' })
      continue
    }
    const perTransaction = amount / transactions
    if (what.startsWith('diff'))
      context.report({ case: name, metric: what, value: (perTransaction * 8 * RATE) / 1e6, unit: 'Mbit/s' })
    else {
      context.report({ case: name, metric: what, value: perTransaction, unit: 'bytes each' })
      if (what === 'stream: all')
        context.report({ case: name, metric: what, value: (perTransaction * 8 * RATE) / 1e6, unit: 'Mbit/s' })
    }
  }
}

function* measureMiniBlocks(workload: StreamWorkload, seed: number): Generator<Sums, void> {
  const ledger = workload.open()
  const chain = new ExecutedChain(ledger, new Prng(seed))
  const codec = new MeasuredCodec(workload)
  const numbered = new NumberedLayout()
  const unpredicted = new UnpredictedDiffs(new FollowerState(workload.open().engine))
  const transactions = workload.transactions(ledger)[Symbol.iterator]()
  let next = transactions.next()
  while (next.done !== true) {
    const records = chain.miniBlock([CHUNK, CHUNK], () => {
      assert(next.done !== true, 'there are whole mini-blocks')
      const transaction = next.value
      next = transactions.next()
      return transaction
    })
    const chunks = records.filter((record) => record.kind === 'chunk')
    assert(
      chunks.every(({ transactions }) => transactions.length === CHUNK),
      'every transaction is executed',
    )
    const entries = entriesOf(chunks.map(({ diff }) => diff))
    yield {
      'diff: naive': naiveBytes(entries),
      'diff: grouped, zstd': groupedBytes(entries),
      'diff: numbered, zstd': numbered.bytes(entries),
      'diff: ours without prediction': unpredicted.bytes(chunks),
      ...codec.pass(records),
    }
  }
}

/** The compact diff where nothing is expected: numbers of accounts and slots, and differences. */
class UnpredictedDiffs {
  readonly #state: FollowerState
  readonly #columns = columnWriters()
  #dictionary = new Dictionary()
  #diffs: DiffEncoder
  #prediction: Prediction

  constructor(state: FollowerState) {
    this.#state = state
    this.#diffs = this.#newEncoder()
    this.#prediction = new Prediction(this.#dictionary, state)
  }

  bytes(chunks: readonly (LogRecord & { kind: 'chunk' })[]): number {
    const { diffAddresses, diffSlots } = this.#dictionary
    if (diffAddresses.count > MAX_DIFF_ADDRESSES / 2 || diffSlots.count > MAX_DIFF_SLOTS / 2) {
      this.#dictionary = new Dictionary()
      this.#diffs = this.#newEncoder()
      this.#prediction = new Prediction(this.#dictionary, this.#state)
    }
    for (const chunk of chunks) {
      this.#prediction.begin()
      this.#diffs.add(chunk.diff, this.#prediction)
      this.#state.follow(chunk)
    }
    return joinColumns(this.#columns).length
  }

  #newEncoder(): DiffEncoder {
    const index = new DictionaryIndex(this.#dictionary)
    const options = { columns: this.#columns, oldState: this.#state }
    return new DiffEncoder(this.#dictionary, index, options)
  }
}

const GROUPS: Readonly<Record<string, readonly ColumnName[]>> = {
  'stream: signatures': ['signatures', 'parities'],
  'stream: transactions': [
    ...(['idLows', 'idHighs', 'nonces', 'fees', 'calls', 'tails', 'kinds', 'words'] as const),
    ...(['addresses', 'definitions', 'texts'] as const),
  ],
  'stream: receipts': ['receipts', 'gas'],
  'stream: other records': ['records', 'patches'],
  'diff: ours': ['diffs', 'diffTexts', 'diffAddresses', 'diffSlots', 'values', 'patterns'],
}

/** Encoder and decoder with a follower each. */
class MeasuredCodec {
  readonly #writer: FollowerState
  readonly #reader: FollowerState
  readonly #encoder: BodyEncoder
  readonly #decoder: BodyDecoder

  constructor(workload: StreamWorkload) {
    this.#writer = new FollowerState(workload.open().engine)
    this.#reader = new FollowerState(workload.open().engine)
    this.#encoder = new BodyEncoder(this.#writer)
    this.#decoder = new BodyDecoder(this.#reader)
  }

  pass(records: readonly LogRecord[]): Sums {
    const frames = records.map((record) => encodeRecord(record))
    const encoding = this.#encode(records, frames)
    const { body } = encoding
    const applyMs = { decode: 0, apply: 0 }
    let startMs = processorMs()
    let i = 0
    for (const { frame, record } of this.#decoder.records({ ...encoding, recordCount: records.length })) {
      const decodedMs = processorMs()
      applyMs.decode += decodedMs - startMs
      assert(Buffer.compare(frame, frames[i++]!) === 0, 'what is read is what was written')
      const comparedMs = processorMs()
      this.#reader.follow(record)
      startMs = processorMs()
      applyMs.apply += startMs - comparedMs
    }
    return {
      ...groupBytes(body),
      'stream: all': body.length,
      'stream: before': frames.reduce((sum, { length }) => sum + length, 0),
      encodeMs: encoding.ms,
      decodeMs: applyMs.decode,
      applyMs: applyMs.apply,
    }
  }

  #encode(
    records: readonly LogRecord[],
    frames: readonly Uint8Array[],
  ): { body: Uint8Array; beginsAnew: boolean; ms: number } {
    let ms = 0
    for (const [i, record] of records.entries()) {
      const startMs = processorMs()
      this.#encoder.add(record, payloadOf(frames[i]!))
      ms += processorMs() - startMs
      this.#writer.follow(record)
    }
    const startMs = processorMs()
    const finished = this.#encoder.finish()
    return { ...finished, ms: ms + processorMs() - startMs }
  }
}

/** Of this thread: what else runs on the machine doesn't count. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Bytes of a body's parts, each compressed by itself. */
function groupBytes(body: Uint8Array): Sums {
  const columns = splitColumns(body)
  const sums: Sums = {}
  for (const [group, names] of Object.entries(GROUPS)) {
    const writers = columnWriters()
    for (const name of names) {
      const { bytes, at, end } = columns[name]
      writers[name].copy(bytes, at, end)
    }
    sums[group] = joinColumns(writers).length
  }
  return sums
}
