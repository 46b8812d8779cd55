import type { OutcomeReceiver, SubmitOutcome, TransactionIntake } from './TransactionIntake.ts'

/** First byte of an answer. */
export const STREAM_STATUS = { executed: 0, queued: 1, refused: 2, streamError: 255 } as const

const LENGTH_BYTES = 4
const SENDER_BYTES = 20
const HASH_BYTES = 32
const ANSWER_BYTES: number = 1 + HASH_BYTES
/** Longest message of a refusal or an error, bytes. */
const MESSAGE_LIMIT = 1024
/** Bytes of answers that are written at once. */
const OUTPUT_BYTES: number = 64 * 1024
/**
 * Who is so many transactions ahead of their answers waits for none of them in particular: then answers go out together, so
 * many bytes at once, since a write costs as much as making a hundred of them.
 */
const AHEAD_TRANSACTIONS = 1024
const TOGETHER_BYTES: number = 16 * 1024
/** And none waits longer for others, ms: where a block is full, nothing behind is answered until the next. */
const TOGETHER_MS = 5

/** Where answers go. */
export type AnswerSink = {
  /** `bytes` stay as they are. False: no more until `resume`, please. */
  write(bytes: Uint8Array): boolean
  /** Every answer is written. */
  end(): void
}

export type StreamLimits = {
  /** Unanswered transactions of one stream; beyond, it isn't read. */
  maxStreamedTransactions: number
  /** Bytes of one transaction. */
  maxTransactionBytes: number
}

/**
 * Transactions in binary, one after the other, without an end: what docs/bulk-intake.md describes. Bytes go in as they
 * arrive, answers come out in the order of the transactions.
 *
 *     in:  (u32 length [· sender 20] · raw)*      out: (u8 status · hash 32 [· u16 length · message])*, big-endian
 *
 * It takes no more than there is room for: {@link TransactionStream.wantsMore} says when to stop reading.
 */
export class TransactionStream implements OutcomeReceiver {
  readonly #intake: TransactionIntake
  readonly #limits: StreamLimits
  readonly #sink: AnswerSink
  /** Called when reading goes on after it was to stop. */
  readonly #onRoom: () => void
  /** Of the sender before each transaction, where the client says who that is: 20, else 0. */
  readonly #senderBytes: number
  /** Arrived and not submitted yet. */
  #input: Buffer = Buffer.alloc(0)
  /** By position modulo their number: outcomes that wait for those before them. */
  readonly #outcomes: (SubmitOutcome | undefined)[]
  #submitted = 0
  #answered = 0
  #output: Buffer = Buffer.allocUnsafe(0)
  #outputBytes = 0
  #isWriteDue = false
  /** Ends the wait of answers for others. */
  #together: NodeJS.Timeout | undefined
  #isRoomDue = false
  #isSinkFull = false
  /** Why a transaction that is there isn't submitted. */
  #waitsFor: 'answers' | 'intake' | undefined
  #isInputOver = false
  /** What ended the stream before its end. */
  #error: string | undefined
  #isOver = false

  constructor(options: {
    intake: TransactionIntake
    limits: StreamLimits
    sink: AnswerSink
    onRoom: () => void
    /** Whether each transaction comes with its sender. */
    hasSenders: boolean
  }) {
    this.#intake = options.intake
    this.#limits = options.limits
    this.#sink = options.sink
    this.#onRoom = options.onRoom
    this.#senderBytes = options.hasSenders ? SENDER_BYTES : 0
    this.#outcomes = new Array(options.limits.maxStreamedTransactions).fill(undefined)
  }

  /** False: what is pushed now only waits. */
  get wantsMore(): boolean {
    return this.#waitsFor === undefined && !this.#isSinkFull && this.#error === undefined
  }

  /** The input is wrong: nothing of it is taken any more. */
  get hasFailed(): boolean {
    return this.#error !== undefined
  }

  /** Takes bytes as they arrived; not kept longer than until they are submitted. */
  push(bytes: Buffer): void {
    if (this.#isOver || this.hasFailed) return
    const rest = this.#completeCutOff(bytes)
    if (this.hasFailed) return
    this.#input = this.#input.length === 0 ? rest : Buffer.concat([this.#input, rest])
    this.#submitInput()
  }

  /** Puts together, and submits, the one transaction of which only the beginning is there; gives what is behind it. */
  #completeCutOff(bytes: Buffer): Buffer {
    let rest = bytes
    while (this.#input.length > 0 && rest.length > 0 && this.wantsMore) {
      const have = this.#input.length
      const missing = have < LENGTH_BYTES ? LENGTH_BYTES - have : this.#firstEnd() - have
      this.#input = Buffer.concat([this.#input, rest.subarray(0, missing)])
      rest = rest.subarray(missing)
      this.#submitInput()
    }
    return rest
  }

  /** Where the first transaction of the input ends. */
  #firstEnd(): number {
    return LENGTH_BYTES + this.#senderBytes + this.#input.readUInt32BE(0)
  }

  /** The input is over: the last answer ends the output. */
  end(): void {
    this.#isInputOver = true
    this.#submitInput()
    this.#endIfAnswered()
  }

  /** The sink takes more again. */
  resume(): void {
    this.#isSinkFull = false
    this.#goOn()
  }

  /** The client is gone: answers are for nobody. */
  abandon(): void {
    this.#isOver = true
    this.#input = Buffer.alloc(0)
  }

  settle(position: number, outcome: SubmitOutcome): void {
    if (this.#isOver) return
    this.#outcomes[position % this.#outcomes.length] = outcome
    if (position === this.#answered) this.#answerAll()
  }

  executed(position: number, bytes: Uint8Array, at: number): void {
    if (position !== this.#answered) {
      this.settle(position, { kind: 'executed', hash: bytes.slice(at, at + HASH_BYTES) })
    } else if (!this.#isOver) {
      // In its turn, as nearly all are: without an object.
      this.#answered++
      const output = this.#room(ANSWER_BYTES)
      output[this.#outputBytes] = STREAM_STATUS.executed
      const hashAt = this.#outputBytes + 1
      for (let i = 0; i < HASH_BYTES; i++) output[hashAt + i] = bytes[at + i]!
      this.#outputBytes += ANSWER_BYTES
      this.#answerAll()
    }
  }

  #submitInput(): void {
    let offset = 0
    const { maxTransactionBytes } = this.#limits
    while (this.wantsMore && !this.#isOver && offset + LENGTH_BYTES <= this.#input.length) {
      const length = this.#input.readUInt32BE(offset)
      if (length > maxTransactionBytes) {
        this.#fail(`transaction ${this.#submitted} has ${length} bytes, limit ${maxTransactionBytes}`)
        break
      }
      const senderAt = offset + LENGTH_BYTES
      const rawAt = senderAt + this.#senderBytes
      const end = rawAt + length
      if (end > this.#input.length) break
      if (this.#waitsForRoom()) break
      const raw = this.#input.subarray(rawAt, end)
      const sender = rawAt > senderAt ? this.#input.subarray(senderAt, rawAt) : undefined
      offset = end
      this.#intake.submit(raw, this, this.#submitted++, sender)
    }
    if (offset > 0) this.#input = this.#input.subarray(offset)
    // What waits for room is whole; what the end cuts off isn't.
    if (this.#isInputOver && this.wantsMore && this.#input.length > 0)
      this.#fail(`the stream ends within transaction ${this.#submitted}`)
  }

  /** Whether there is no room for another: the chain's intake tells when there is, or an answer does. */
  #waitsForRoom(): boolean {
    if (this.#submitted - this.#answered >= this.#outcomes.length) this.#waitsFor = 'answers'
    else if (this.#intake.isFull) {
      this.#waitsFor = 'intake'
      this.#intake.whenRoom(() => this.#haveRoom())
    }
    return this.#waitsFor !== undefined
  }

  #haveRoom(): void {
    this.#waitsFor = undefined
    this.#goOn()
  }

  #goOn(): void {
    if (this.#isOver) return
    this.#submitInput()
    if (this.wantsMore || this.hasFailed) this.#onRoom()
    this.#endIfAnswered()
  }

  #fail(message: string): void {
    this.#error = message
    this.#input = Buffer.alloc(0)
    this.#endIfAnswered()
  }

  #answerAll(): void {
    for (;;) {
      const place = this.#answered % this.#outcomes.length
      const outcome = this.#outcomes[place]
      if (outcome === undefined) break
      this.#outcomes[place] = undefined
      this.#answered++
      this.#writeOutcome(outcome)
    }
    if (this.#waitsFor === 'answers') this.#haveRoomSoon()
    this.#endIfAnswered()
  }

  /** All answers of a step come before. */
  #haveRoomSoon(): void {
    if (this.#isRoomDue) return
    this.#isRoomDue = true
    queueMicrotask(() => {
      this.#isRoomDue = false
      this.#haveRoom()
    })
  }

  #writeOutcome(outcome: SubmitOutcome): void {
    const output = this.#room(ANSWER_BYTES)
    output[this.#outputBytes] = STREAM_STATUS[outcome.kind]
    output.set(outcome.hash ?? NO_HASH, this.#outputBytes + 1)
    this.#outputBytes += ANSWER_BYTES
    if (outcome.kind === 'refused') this.#writeMessage(outcome.message)
  }

  #writeMessage(message: string): void {
    const text = Buffer.from(message).subarray(0, MESSAGE_LIMIT)
    const output = this.#room(2 + text.length)
    output.writeUInt16BE(text.length, this.#outputBytes)
    output.set(text, this.#outputBytes + 2)
    this.#outputBytes += 2 + text.length
  }

  #room(bytes: number): Buffer {
    if (this.#outputBytes + bytes > this.#output.length) {
      this.#flush()
      this.#output = Buffer.allocUnsafe(OUTPUT_BYTES)
      this.#outputBytes = 0
    }
    if (!this.#isWriteDue) {
      // All that is answered in one turn of the event loop goes out together: writing costs more than the rest.
      this.#isWriteDue = true
      setImmediate(() => {
        this.#isWriteDue = false
        if (this.#waitsForMore) this.#flushSoon()
        else this.#flush()
      })
    }
    return this.#output
  }

  #flushSoon(): void {
    this.#together ??= setTimeout(() => {
      this.#together = undefined
      this.#flush()
    }, TOGETHER_MS)
  }

  /** Further answers are likely to come, and are worth waiting for. */
  get #waitsForMore(): boolean {
    const isAhead = this.#submitted - this.#answered >= AHEAD_TRANSACTIONS
    return isAhead && this.#outputBytes < TOGETHER_BYTES
  }

  #flush(): void {
    if (this.#outputBytes === 0 || this.#isOver) return
    const bytes = this.#output.subarray(0, this.#outputBytes)
    this.#output = this.#output.subarray(this.#outputBytes)
    this.#outputBytes = 0
    if (!this.#sink.write(bytes)) this.#isSinkFull = true
  }

  #endIfAnswered(): void {
    if (this.#isOver || this.#answered < this.#submitted || this.#waitsFor !== undefined) return
    if (this.#error !== undefined) {
      this.#room(1)[this.#outputBytes++] = STREAM_STATUS.streamError
      this.#writeMessage(this.#error)
    } else if (!this.#isInputOver || this.#input.length > 0) return
    this.#flush()
    this.#isOver = true
    this.#sink.end()
  }
}

/** Where a refusal has none. */
const NO_HASH = new Uint8Array(HASH_BYTES)
