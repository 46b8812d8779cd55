import { nextTurn } from '../lib/index.ts'
import type { ChainView } from './ChainView.ts'
import type { Connection } from './Connection.ts'
import { DevError } from './DevError.ts'
import { ExecutionError } from './ExecutionView.ts'
import {
  ERROR_CODES,
  invalidParams,
  invalidRequest,
  methodNotFound,
  nodeError,
  RpcError,
  responseTooLarge,
} from './errors.ts'
import { Filters } from './Filters.ts'
import { type FinalTexts, newFinalTexts } from './FinalTexts.ts'
import { LongText } from './LongText.ts'
import { DEFAULT_RPC_LIMITS, type RpcLimits } from './limits.ts'
import { type Method, parseParams, type RpcContext } from './method.ts'
import { METHODS } from './methods/index.ts'
import { whenSeen } from './minMiniBlock.ts'
import { onceItIsThere } from './onceItIsThere.ts'
import { isObject } from './params.ts'
import { parseJson } from './parseJson.ts'
import { RawJson } from './RawJson.ts'
import { RemoteAnswerError } from './RemoteView.ts'
import { type MethodStats, RpcStats } from './RpcStats.ts'
import { askRemote } from './remoteRequests.ts'
import { errorText, idOf } from './requestId.ts'
import { endOfSends, type Send, SendBatch } from './SendBatch.ts'
import { SubscriptionHub } from './SubscriptionHub.ts'
import type { TransactionIntake } from './TransactionIntake.ts'
import type { Topic } from './topics.ts'

/**
 * Answers JSON-RPC 2.0 requests about one chain, over any transport: bytes in, text out. It opens nothing and keeps
 * nothing of a request, except subscriptions, which belong to their connection.
 */
export class RpcServer {
  readonly limits: RpcLimits
  /** What came of the requests so far. */
  readonly stats: RpcStats = new RpcStats()
  readonly #view: ChainView
  readonly #hub: SubscriptionHub
  readonly #filters: Filters
  readonly #texts: FinalTexts
  readonly #onInternalError: (error: unknown, methodName: string) => void

  /**
   * @param options - limits that differ from {@link DEFAULT_RPC_LIMITS}.
   * @param onInternalError - told of every failure that is ours, not the caller's; the caller gets -32603.
   */
  constructor(
    view: ChainView,
    options: Partial<RpcLimits> = {},
    onInternalError: (error: unknown, methodName: string) => void = () => {},
  ) {
    this.#view = view
    this.limits = { ...DEFAULT_RPC_LIMITS, ...options }
    this.#hub = new SubscriptionHub(view, this.limits, (error) => onInternalError(error, 'eth_subscription'))
    this.#filters = new Filters(view, this.limits)
    this.#texts = newFinalTexts(this.limits.maxRememberedBytes)
    this.#onInternalError = onInternalError
  }

  /** As {@link answer}, in one piece. */
  handle(body: string | Uint8Array, connection: Connection): MaybeLater<string | undefined> {
    const answer = this.answer(body, connection)
    return answer instanceof Promise ? answer.then(inOnePiece) : inOnePiece(answer)
  }

  /**
   * Answers one message: a request or a batch. Gives undefined where JSON-RPC wants no answer (notifications).
   * Never throws or rejects: whatever is wrong with the message is said in the answer.
   */
  answer(body: string | Uint8Array, connection: Connection): MaybeLater<Answer> {
    const afterAnswer: (() => void)[] = []
    const context: RpcContext = {
      view: this.#view,
      limits: this.limits,
      hub: this.#hub,
      filters: this.#filters,
      texts: this.#texts,
      connection,
      afterAnswer,
      waitedSince: { ms: undefined },
    }
    const answer = this.#answerBody(body, context)
    // The transport sends an answer as soon as it has it.
    const finish = (text: Answer): Answer => {
      for (const action of afterAnswer) setImmediate(action)
      return text
    }
    return answer instanceof Promise ? answer.then(finish) : finish(answer)
  }

  /** Where transactions go that come in bulk. */
  get intake(): TransactionIntake {
    return this.#view.intake
  }

  /** Of all clients now: subscriptions by topic, and filters. */
  get interests(): { subscriptions: Map<Topic['kind'], number>; filters: number } {
    return { subscriptions: this.#hub.counts(), filters: this.#filters.count }
  }

  /** Ends all subscriptions' and filters' hold on the chain. */
  close(): void {
    this.#filters.close()
    this.#hub.close()
  }

  #answerBody(body: string | Uint8Array, context: RpcContext): MaybeLater<Answer> {
    let message: unknown
    try {
      const text = typeof body === 'string' ? body : decodeUtf8(body)
      if (text.length > this.limits.maxBodyBytes) throw invalidRequest('message too large')
      message = parseJson(text, this.limits.maxJsonDepth)
    } catch (error) {
      return this.#errorAnswer('null', error, '')
    }
    return Array.isArray(message) ? this.#answerBatch(message, context) : this.#answerOne(message, context)
  }

  /**
   * Items are answered in order. Consecutive pipelined ones (sends) are all handed over at once, so that nothing that
   * comes later on the connection overtakes them.
   */
  async #answerBatch(messages: unknown[], context: RpcContext): Promise<Answer> {
    if (messages.length === 0) return this.#errorAnswer('null', invalidRequest('empty batch'), '')
    if (messages.length > this.limits.maxBatchItems) return this.#tooMany(messages)
    const batch = new BatchAnswer(this.limits.maxAnswerBytes)
    for (let i = 0; i < messages.length; ) {
      const first = i
      const message = messages[i]
      if (isPipelined(message)) i = await this.#answerPipelined(messages, i, { context, batch })
      else {
        // What is there at once is not waited for.
        const given = batch.isFull ? this.#tooLarge(message) : this.#answerOne(message, context)
        batch.add(given instanceof Promise ? await given : given)
        i++
      }
      if (Math.floor(i / BATCH_ITEMS_PER_TURN) > Math.floor(first / BATCH_ITEMS_PER_TURN)) await nextTurn()
    }
    return batch.text()
  }

  /** From `first` on, as many as are pipelined; gives where the next stands. */
  async #answerPipelined(
    messages: unknown[],
    first: number,
    { context, batch }: { context: RpcContext; batch: BatchAnswer },
  ): Promise<number> {
    const runs: { first: number; answers: Answers }[] = []
    let i = first
    while (i < messages.length && isPipelined(messages[i])) {
      const end = batch.isFull ? i + 1 : endOfSends(messages, i)
      const answers = batch.isFull
        ? [this.#tooLarge(messages[i])]
        : this.#answerRun(messages.slice(i, end), context)
      runs.push({ first: i, answers })
      i = end
    }
    for (const { first: place, answers } of runs)
      for (const [offset, given] of (await answers).entries())
        batch.add(given !== undefined && batch.isFull ? this.#tooLarge(messages[place + offset]) : given)
    return i
  }

  /** A list, since who sends a batch reads one; with the first id that there is, as go-ethereum has it. */
  #tooMany(messages: unknown[]): string {
    const id = messages.map(idOf).find((each) => each !== 'null') ?? 'null'
    return `[${this.#errorAnswer(id, invalidRequest('batch too large'), '')}]`
  }

  #tooLarge(message: unknown): Answer {
    return isNotification(message) ? undefined : this.#errorAnswer(idOf(message), responseTooLarge(), '')
  }

  /** Answers of one message, or of several that only send. */
  #answerRun(messages: unknown[], context: RpcContext): Answers {
    if (messages.length > 1) return new SendBatch(this.#view.intake, messages as Send[], this.stats).answers
    const answer = this.#answerOne(messages[0], context)
    return answer instanceof Promise ? answer.then((text) => [text]) : [answer]
  }

  #answerOne(message: unknown, context: RpcContext): MaybeLater<Answer> {
    if (!isObject(message)) return this.#errorAnswer('null', invalidRequest(), '')
    const { params, minMiniBlock } = message
    const id = idOf(message)
    if (!isWellFormed(message) || (id === 'null' && message.id != null))
      return this.#errorAnswer(id, invalidRequest(), '')
    const { method: name } = message
    const isUnanswered = isNotification(message)
    const startMs = performance.now()
    const stats = this.stats.methods.get(name) ?? this.stats.unknown
    try {
      const row = METHODS.get(name)
      if (row === undefined) throw methodNotFound(name)
      // What sends is answered at once; who reads on a chain that makes blocks on demand finds them sealed.
      const settled = row.pipelined ? undefined : this.#view.settled
      const seen = minMiniBlock == null ? settled : whenSeen(context, minMiniBlock)
      const handle = (): unknown => this.#handle(row, name, params, context)
      const result = seen === undefined ? handle() : seen.then(handle)
      if (result instanceof Promise) return this.#finish(result, { id, name, isUnanswered, stats, startMs })
      const answer = isUnanswered ? undefined : this.#resultAnswer(id, result)
      stats.ended('ok', startMs)
      return answer
    } catch (error) {
      return this.#failed(error, { id, name, isUnanswered, stats, startMs })
    }
  }

  #handle(row: Method, name: string, params: unknown, context: RpcContext): unknown {
    const { remote } = this.#view
    const handle = (): unknown => row.handle(context, parseParams(row.params, params))
    if (remote === undefined) return handle()
    return askRemote({ view: this.#view, remote }, name, params) ?? onceItIsThere(handle)
  }

  async #finish(pending: Promise<unknown>, request: Request): Promise<Answer> {
    const { id, isUnanswered, stats, startMs } = request
    try {
      const result = await pending
      const answer = isUnanswered ? undefined : this.#resultAnswer(id, result)
      stats.ended('ok', startMs)
      return answer
    } catch (error) {
      return this.#failed(error, request)
    }
  }

  #failed(error: unknown, { id, name, isUnanswered, stats, startMs }: Request): Answer {
    const failure = this.#failureOf(error, name)
    stats.ended(failure.code === ERROR_CODES.internalError ? 'internal_error' : 'error', startMs)
    return isUnanswered ? undefined : this.#failureAnswer(id, failure)
  }

  #resultAnswer(id: string, result: unknown): Answer {
    const json = result instanceof LongText ? result : textOf(result)
    if (json.length > this.limits.maxAnswerBytes) throw responseTooLarge()
    const before = `{"jsonrpc":"2.0","id":${id},"result":`
    return json instanceof LongText ? json.within(before, '}') : `${before}${json}}`
  }

  #errorAnswer(id: string, error: unknown, methodName: string): string {
    return this.#failureAnswer(id, this.#failureOf(error, methodName))
  }

  #failureAnswer(id: string, failure: RpcError): string {
    this.stats.answeredError(failure.code)
    return errorText(id, failure)
  }

  #failureOf(error: unknown, methodName: string): RpcError {
    if (error instanceof RpcError) return error
    if (error instanceof ExecutionError) return nodeError(error.message)
    if (error instanceof DevError) return invalidParams(error.message)
    if (error instanceof RemoteAnswerError) return new RpcError(error.code, error.message, error.data)
    this.#onInternalError(error, methodName)
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
    return new RpcError(ERROR_CODES.internalError, `internal error: ${reason}`)
  }
}

/** Undefined: none. */
export type Answer = string | LongText | undefined
type MaybeLater<T> = T | Promise<T>
/** One that is being answered. */
type Request = { id: string; name: string; isUnanswered: boolean; stats: MethodStats; startMs: number }
type Answers = Answer[] | Promise<Answer[]>

/** The answers of a batch, in order. */
class BatchAnswer {
  readonly #answers: (string | LongText)[] = []
  readonly #maxLength: number
  #length = 0

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  get isFull(): boolean {
    return this.#length > this.#maxLength
  }

  add(answer: Answer): void {
    if (answer === undefined) return
    this.#length += answer.length
    this.#answers.push(answer)
  }

  text(): string | undefined {
    return this.#answers.length === 0 ? undefined : `[${this.#answers.join(',')}]`
  }
}

function isWellFormed(
  message: Record<string, unknown>,
): message is Record<string, unknown> & { method: string } {
  const { jsonrpc, method } = message
  return jsonrpc === '2.0' && typeof method === 'string' && method !== ''
}

/** It is carried out, and not answered. */
function isNotification(message: unknown): boolean {
  return isObject(message) && isWellFormed(message) && !('id' in message)
}

/** After so many items of a batch other connections get their turn. */
const BATCH_ITEMS_PER_TURN = 50

/** Invalid UTF-8 becomes U+FFFD, which no parameter accepts. */
function decodeUtf8(bytes: Uint8Array): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return buffer.toString()
}

function isPipelined(message: unknown): boolean {
  if (!isObject(message) || typeof message.method !== 'string') return false
  const row: Method | undefined = METHODS.get(message.method)
  return row?.pipelined ?? false
}

function inOnePiece(answer: Answer): string | undefined {
  return answer instanceof LongText ? answer.toString() : answer
}

/** A string that JSON writes as it is: most results are one. */
const PLAIN_HEX = /^0x[0-9a-f]{0,64}$/

function textOf(result: unknown): string {
  if (typeof result === 'string' && PLAIN_HEX.test(result)) return `"${result}"`
  if (result instanceof RawJson) return result.text
  return result === undefined ? 'null' : JSON.stringify(result)
}
