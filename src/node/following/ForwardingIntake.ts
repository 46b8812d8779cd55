import type { SubmitAnswer } from '../../feed/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import type { OutcomeReceiver, SubmitOutcome } from '../../rpc/index.ts'
import {
  ARRIVALS_LIMIT,
  checkTransaction,
  poolFull,
  RAW_TRANSACTION_LIMIT,
  type Refusal,
  type TransactionRules,
} from '../../sequencer/index.ts'
import type { NodeIntake } from '../intake/index.ts'
import { INTAKE_BYTES, oneOutcome, SHUTTING_DOWN } from '../intake/index.ts'
import type { NodeView } from '../NodeView.ts'

/** Of one message; what comes beyond in the same turn goes with the next. */
const BATCH_TRANSACTIONS = 512
const BATCH_BYTES = 1024 * 1024
/** So long a transaction that the sequencer has executed is waited for in this node's own view, at most. */
const SHOWN_LIMIT_MS = 2000
/** Who waits for room hears of it when no more than this is unanswered. */
const ROOM_TRANSACTIONS: number = ARRIVALS_LIMIT / 2

type Waiting = { raw: Uint8Array; receiver: OutcomeReceiver; position: number }

type ForwardingIntakeOptions = {
  view: Pick<NodeView, 'getTransaction' | 'subscribe'>
  rules: () => TransactionRules
  /** Sends transactions on their way; what comes of them is told by {@link ForwardingIntake.answered}. */
  send: (id: number, raw: Uint8Array[]) => void
}

/**
 * Takes a replica's transactions, hands them on to the sequencer, and answers as it does. What was executed is answered
 * once this node shows it: whoever has the answer finds it in every later read here.
 */
export class ForwardingIntake implements NodeIntake {
  readonly #view: Pick<NodeView, 'getTransaction' | 'subscribe'>
  readonly #rules: () => TransactionRules
  readonly #send: ForwardingIntakeOptions['send']
  readonly #stopListening: () => void
  #gathered: Waiting[] = []
  #gatheredBytes = 0
  /** By the number under which they were sent. */
  readonly #sent = new Map<number, Waiting[]>()
  #nextId = 1
  /** Executed by the sequencer, and not shown here yet, by hash. */
  readonly #executed = new Map<string, { waiting: Waiting[]; timer: NodeJS.Timeout }>()
  #roomWaiters: (() => void)[] = []
  #isFlushDue = false
  #isClosed = false
  unanswered = 0
  usedBytes = 0
  readonly stats: { queued: number; refused: Map<string, number> } = { queued: 0, refused: new Map() }

  constructor({ view, rules, send }: ForwardingIntakeOptions) {
    this.#view = view
    this.#rules = rules
    this.#send = send
    this.#stopListening = view.subscribe((event) => {
      if (event.kind !== 'executed' || this.#executed.size === 0) return
      const { block, firstTransactionIndex, count } = event
      for (const { hash } of block.transactions.slice(firstTransactionIndex, firstTransactionIndex + count))
        this.#shown(hash)
    })
  }

  get isFull(): boolean {
    return this.unanswered >= ARRIVALS_LIMIT || this.usedBytes >= INTAKE_BYTES
  }

  whenRoom(callback: () => void): void {
    this.#roomWaiters.push(callback)
  }

  submitOne(raw: Uint8Array): Promise<SubmitOutcome> {
    return new Promise((resolve) => this.submit(raw, oneOutcome(resolve), 0))
  }

  submit(raw: Uint8Array, receiver: OutcomeReceiver, position: number): void {
    const refusal = this.#refusalOf(raw)
    if (refusal !== undefined) {
      receiver.settle(position, this.#counted({ ...refusal, hash: keccak256(raw) }))
      return
    }
    this.unanswered++
    this.usedBytes += raw.length
    this.#gathered.push({ raw, receiver, position })
    this.#gatheredBytes += raw.length
    if (this.#gathered.length >= BATCH_TRANSACTIONS || this.#gatheredBytes >= BATCH_BYTES) this.#flush()
    else this.#flushSoon()
  }

  /** Of what is not sent on; all else is up to the sequencer. */
  #refusalOf(raw: Uint8Array): Refusal | undefined {
    if (this.#isClosed) return SHUTTING_DOWN
    if (this.isFull) return poolFull(this.unanswered, ARRIVALS_LIMIT)
    return raw.length > RAW_TRANSACTION_LIMIT ? (checkTransaction(raw, this.#rules()) as Refusal) : undefined
  }

  /** What the sequencer says to the transactions that were sent under a number; or why it could not be asked. */
  answered(id: number, answers: readonly SubmitAnswer[] | { unreachable: string }): void {
    const sent = this.#sent.get(id) ?? []
    this.#sent.delete(id)
    for (const [i, waiting] of sent.entries()) {
      const answer = 'unreachable' in answers ? undefined : answers[i]
      if (answer === undefined) this.#refuse(waiting, unreachable(answers))
      else if ('code' in answer) this.#refuse(waiting, { kind: 'refused', ...answer })
      else this.#taken(waiting, answer)
    }
    this.#tellRoom()
  }

  #taken(waiting: Waiting, { hash, expectedNonce }: Exclude<SubmitAnswer, { code: string }>): void {
    if (expectedNonce === undefined) this.#whenShown(waiting, hash)
    else {
      this.stats.queued++
      this.#settle(waiting, { kind: 'queued', hash, expectedNonce })
    }
  }

  close(): void {
    this.#isClosed = true
    this.#stopListening()
    const executed = [...this.#executed.values()]
    for (const { timer } of executed) clearTimeout(timer)
    const all = [this.#gathered, ...this.#sent.values(), ...executed.map(({ waiting }) => waiting)].flat()
    // What comes of them now is for nobody.
    this.#gathered = []
    this.#sent.clear()
    this.#executed.clear()
    for (const { receiver, position } of all) receiver.settle(position, SHUTTING_DOWN)
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#gathered.length === 0 || this.#isClosed) return
    const id = this.#nextId++
    this.#sent.set(id, this.#gathered)
    const raw = this.#gathered.map((each) => each.raw)
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#send(id, raw)
  }

  #whenShown(waiting: Waiting, hash: Uint8Array): void {
    if (this.#isClosed) return
    if (this.#view.getTransaction(hash) !== undefined) {
      this.#settle(waiting, { kind: 'executed', hash })
      return
    }
    const key = bytesToHex(hash)
    const known = this.#executed.get(key)
    if (known !== undefined) known.waiting.push(waiting)
    else {
      const timer = setTimeout(() => this.#shown(hash), SHOWN_LIMIT_MS)
      this.#executed.set(key, { waiting: [waiting], timer })
    }
  }

  #shown(hash: Uint8Array): void {
    const key = bytesToHex(hash)
    const found = this.#executed.get(key)
    if (found === undefined) return
    this.#executed.delete(key)
    clearTimeout(found.timer)
    // The view tells of it while it takes the step: those who are answered read all of it.
    setImmediate(() => {
      for (const waiting of found.waiting) this.#settle(waiting, { kind: 'executed', hash })
      this.#tellRoom()
    })
  }

  #refuse(waiting: Waiting, refusal: Omit<Refused, 'hash'>): void {
    this.#settle(waiting, this.#counted({ ...refusal, hash: keccak256(waiting.raw) }))
  }

  #settle({ raw, receiver, position }: Waiting, outcome: SubmitOutcome): void {
    this.unanswered--
    this.usedBytes -= raw.length
    receiver.settle(position, outcome)
  }

  #counted(refusal: Refused): Refused {
    const { refused } = this.stats
    refused.set(refusal.code, (refused.get(refusal.code) ?? 0) + 1)
    return refusal
  }

  #tellRoom(): void {
    if (this.#roomWaiters.length === 0 || this.unanswered > ROOM_TRANSACTIONS) return
    for (const callback of this.#roomWaiters.splice(0)) callback()
  }
}

type Refused = Extract<SubmitOutcome, { kind: 'refused' }>

function unreachable(answers: readonly SubmitAnswer[] | { unreachable: string }): Omit<Refused, 'hash'> {
  const reason = 'unreachable' in answers ? answers.unreachable : 'it gave no answer'
  return { kind: 'refused', code: 'Pool.NO_SEQUENCER', message: `the sequencer can't be reached: ${reason}` }
}
