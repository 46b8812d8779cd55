import type { CallRequest, StateBase, TransactionOutcome } from '../../execution/index.ts'
import {
  makeTracer,
  ParityTracer,
  type ParityTraceType,
  type SignedTransaction,
  type Tracer,
  type TracingEngine,
} from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import {
  type BlockEnv,
  countLogs,
  decodeTransaction,
  ExecutedTransactions,
  receiptFields,
  recoverAuthorities,
  recoverSender,
} from '../../protocol/index.ts'
import { callBeforeTransactions } from '../../sequencer/index.ts'
import { Rewriting, type WrittenDiff } from '../past/index.ts'

/** A job as a whole may take so long, however many transactions it has. */
export const TRACE_JOB_LIMIT_MS = 60_000

/** What is to be traced: plain data, for the thread that does it. */
export type TraceJob = {
  environment: BlockEnv
  /** Undefined while it is not known; then nothing executed so far has read it. */
  parentHash: Uint8Array | undefined
  blockHash: Uint8Array | undefined
  /** The state before them is what the job begins with; undefined: it is the one after the block. */
  transactions: TracedTransactions | undefined
  /** Between the block's transactions. */
  written: readonly WrittenDiff[]
  work:
    | { kind: 'transactions'; first: number; end: number }
    | { kind: 'calls'; requests: readonly CallRequest[] }
  /** One for each call, or one for all transactions. */
  tracers: TracerWish[]
  /** Of each transaction or call. */
  timeoutMs: number
  maxCharacters: number
}

export type TracerWish =
  | { name: string | undefined; config: unknown }
  | { parity: ParityTraceType[]; placed?: true }

/** As ExecutedTransactions has them, or envelopes of a block that is given. */
export type TracedTransactions = { executed: Uint8Array } | { raw: Uint8Array[] }

/** Sets the time that the running transaction may take. */
export type Watch = { start(timeoutMs: number): void }

/** What the job is executed with. */
export type TraceRoom = {
  tracing: TracingEngine
  base: StateBase
  blockHash: (number: bigint) => Uint8Array | undefined
  watch: Watch
}

/**
 * Does a job, and gives the results as JSON texts.
 *
 * @throws TraceJobError, ResultTooLargeError, TracerError, and what the base and the watch throw.
 */
export function runTraceJob(job: TraceJob, room: TraceRoom): string[] {
  const { tracing, base, blockHash } = room
  tracing.engine.rebase(base)
  const { number } = job.environment
  tracing.beginBlock(job.environment, (ancestor) =>
    ancestor === number - 1n ? job.parentHash : blockHash(ancestor),
  )
  const size = new SizeLimit(job.maxCharacters)
  if (job.work.kind === 'calls') {
    if (job.transactions !== undefined) passTransactions(job, job.transactions, room)
    return traceCalls(job, job.work.requests, { room, size })
  }
  return traceTransactions(job, job.transactions!, { room, size })
}

type Setting = { room: TraceRoom; size: SizeLimit }

/** Executes the block up to a call, untraced. */
function passTransactions(
  job: TraceJob,
  transactions: TracedTransactions,
  { tracing, watch }: TraceRoom,
): void {
  watch.start(job.timeoutMs)
  callBeforeTransactions(tracing.engine, job.environment, job.parentHash)
  const rewriting = new Rewriting(tracing.engine, job.written)
  let count = 0
  for (const transaction of sentTransactions(transactions)) {
    pass(tracing, transaction)
    rewriting.write(++count)
  }
}

function traceTransactions(
  job: TraceJob,
  transactions: TracedTransactions,
  { room: { tracing, watch }, size }: Setting,
): string[] {
  const { first, end } = job.work as Extract<TraceJob['work'], { kind: 'transactions' }>
  const results: string[] = []
  watch.start(job.timeoutMs)
  callBeforeTransactions(tracing.engine, job.environment, job.parentHash)
  const rewriting = new Rewriting(tracing.engine, job.written)
  let logsBefore = 0
  let index = -1
  for (const sent of sentTransactions(transactions)) {
    if (++index >= end) break
    rewriting.write(index)
    if (index < first) logsBefore += countLogs(pass(tracing, sent))
    else {
      watch.start(job.timeoutMs)
      const place = {
        ...{ blockHash: job.blockHash, blockNumber: job.environment.number },
        ...{ transactionHash: sent.hash, transactionPosition: index },
      }
      const tracer = tracerOf(job.tracers[0]!, { place, logsBefore, checkSize: size.check })
      logsBefore += countLogs(receiptOf(tracing.executeTransaction(signedOf(sent), tracer)))
      results.push(size.keep(tracer.result()))
    }
    checkReceipt(tracing, sent.receipt, index)
  }
  return results
}

function traceCalls(
  job: TraceJob,
  requests: readonly CallRequest[],
  { room: { tracing, watch }, size }: Setting,
): string[] {
  return requests.map((request, i) => {
    watch.start(job.timeoutMs)
    const setting = { place: {}, logsBefore: 0, checkSize: size.check }
    const tracer = tracerOf(job.tracers[i]!, setting)
    const isAlone = requests.length === 1
    const { status, error } = isAlone ? tracing.call(request, tracer) : tracing.perform(request, tracer)
    if (status === 'invalid') throw new TraceJobError(`tracing failed: ${error}`)
    return size.keep(tracer.result())
  })
}

function tracerOf(wish: TracerWish, setting: Parameters<typeof makeTracer>[1]): Tracer {
  if (!('parity' in wish)) return makeTracer(wish, setting)
  return new ParityTracer(wish.parity, setting.checkSize, wish.placed ? setting.place : undefined)
}

/** Executes without tracing; gives the receipt. */
function pass({ engine }: TracingEngine, sent: SentTransaction): Uint8Array {
  // Only what has authorizations must be decoded here.
  const isPlain = sent.sender !== undefined && sent.raw[0] !== SET_CODE_TYPE
  const { raw, sender, authorities } = isPlain
    ? { raw: sent.raw, sender: sent.sender!, authorities: [] }
    : signedOf(sent)
  return receiptOf(engine.executeTransaction(raw, sender, authorities))
}

const SET_CODE_TYPE = 4

function receiptOf(outcome: TransactionOutcome): Uint8Array {
  if (outcome.kind === 'executed') return outcome.receipt
  const reason =
    outcome.kind === 'invalid' ? outcome.message : 'it reads the hash of a block that is not sealed yet'
  throw new TraceJobError(`tracing failed: ${reason}`)
}

/** What was executed must come out as it did then: else the trace would tell of something else. */
function checkReceipt({ engine }: TracingEngine, receipt: Uint8Array | undefined, index: number): void {
  if (receipt === undefined || receiptFields(receipt).cumulativeGasUsed === engine.cumulativeGasUsed) return
  throw new TraceJobError(
    `transaction ${index} used other gas than its receipt says: ${engine.cumulativeGasUsed} with those before it`,
  )
}

/** Undefined members are known of executed transactions only. */
type SentTransaction = {
  raw: Uint8Array
  hash: Uint8Array
  sender: Uint8Array | undefined
  receipt: Uint8Array | undefined
}

function sentTransactions(transactions: TracedTransactions): Iterable<SentTransaction> {
  if ('executed' in transactions) return ExecutedTransactions.readAll(transactions.executed)!
  return transactions.raw.map((raw) => ({ raw, hash: keccak256(raw), sender: undefined, receipt: undefined }))
}

function signedOf({ raw, sender }: SentTransaction): SignedTransaction {
  const decoded = decodeTransaction(raw)
  if (!decoded.ok) throw new TraceJobError(`tracing failed: ${decoded.message}`)
  const { transaction } = decoded
  const signer = sender ?? recoverSender(transaction)
  if (signer === undefined) throw new TraceJobError('tracing failed: invalid sender')
  return { raw, transaction, sender: signer, authorities: recoverAuthorities(transaction) }
}

/** Characters of the results of a job, those under way included. */
class SizeLimit {
  readonly #most: number
  #kept = 0

  constructor(most: number) {
    this.#most = most
  }

  readonly check = (characters: number): void => {
    if (this.#kept + characters > this.#most) throw new ResultTooLargeError()
  }

  keep(result: string): string {
    this.check(result.length)
    this.#kept += result.length
    return result
  }
}

/** The job can't be done. The message is for the caller. */
export class TraceJobError extends Error {
  override readonly name = 'TraceJobError'
}

/** The results would be longer than was asked for. */
export class ResultTooLargeError extends Error {
  override readonly name = 'ResultTooLargeError'
}
