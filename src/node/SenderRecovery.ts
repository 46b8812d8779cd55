import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { concatBytes } from '../lib/index.ts'
import type { TransactionRules } from '../sequencer/index.ts'
import { prepareTransaction } from './prepareTransactions.ts'
import type { RecoveryAnswer, RecoveryRequest } from './recoveryWorker.ts'
import { encodeTransactions } from './transactionCodec.ts'

/** Up to so many transactions are recovered where they are: a thread costs as much as one of them. */
const INLINE_LIMIT = 8
/** Transactions in one message to a worker. */
const BATCH_LIMIT = 256
const WORKER_LIMIT = 4

/** Hands out prepared transactions in the order in which they came in. */
type Batch = { size: number; result: Omit<RecoveryAnswer, 'id'> | undefined }

/**
 * Checks transactions and recovers their signers: a few at once on this thread, many on workers. Results are given
 * to `onPrepared` in order of arrival, whatever worker is faster. The caller bounds how many are under way.
 */
export class SenderRecovery {
  readonly #onPrepared: (result: Omit<RecoveryAnswer, 'id'>) => void
  readonly #workers: Worker[] = []
  readonly #batches: Batch[] = []
  readonly #byId = new Map<number, Batch>()
  #nextId = 0
  /** Not yet able to take work. */
  #starting: Worker | undefined
  #isClosed = false

  constructor(onPrepared: (result: Omit<RecoveryAnswer, 'id'>) => void) {
    this.#onPrepared = onPrepared
  }

  /** Starts the workers; before, everything is recovered on this thread. */
  async start(onError: (error: Error) => void): Promise<void> {
    const count = Math.min(WORKER_LIMIT, Math.max(1, availableParallelism() - 1))
    for (let i = 0; i < count && !this.#isClosed; i++) {
      const worker = new Worker(new URL(`./recoveryWorker${import.meta.url.slice(-3)}`, import.meta.url))
      worker.on('message', ({ id, ...result }: RecoveryAnswer) => {
        this.#byId.get(id)!.result = result
        this.#byId.delete(id)
        this.#release()
      })
      worker.on('error', (error) => onError(error as Error))
      this.#starting = worker
      await new Promise<void>((resolve) => {
        worker.once('online', resolve)
        worker.once('exit', () => resolve())
      })
      this.#starting = undefined
      if (!this.#isClosed) this.#workers.push(worker)
    }
  }

  prepare(raws: Uint8Array[], rules: TransactionRules): void {
    for (let from = 0; from < raws.length; from += BATCH_LIMIT) {
      const part = raws.slice(from, from + BATCH_LIMIT)
      const batch: Batch = { size: part.length, result: undefined }
      this.#batches.push(batch)
      const worker = this.#workers[this.#nextId % Math.max(1, this.#workers.length)]
      if (worker === undefined || part.length <= INLINE_LIMIT) batch.result = prepareHere(part, rules)
      else this.#send(worker, batch, part, rules)
    }
    this.#release()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#starting, ...this.#workers].map((worker) => worker?.terminate()))
  }

  #send(worker: Worker, batch: Batch, raws: Uint8Array[], rules: TransactionRules): void {
    const id = this.#nextId++
    this.#byId.set(id, batch)
    const bytes = concatBytes(...raws)
    const request: RecoveryRequest = { id, bytes, lengths: raws.map((raw) => raw.length), rules }
    worker.postMessage(request, [bytes.buffer as ArrayBuffer])
  }

  #release(): void {
    while (this.#batches[0]?.result !== undefined) this.#onPrepared(this.#batches.shift()!.result!)
  }
}

function prepareHere(raws: Uint8Array[], rules: TransactionRules): Omit<RecoveryAnswer, 'id'> {
  const prepared = raws.map((raw) => prepareTransaction(raw, rules))
  const ready = prepared.flatMap((item) => (item.kind === 'ready' ? [item.transaction] : []))
  return {
    ready: encodeTransactions(ready),
    refusals: prepared.map((item) => (item.kind === 'refused' ? item : undefined)),
  }
}
