import { nodeError, type RpcError } from './errors.ts'
import { hexData } from './format.ts'
import { parseParams } from './method.ts'
import { METHODS } from './methods/index.ts'
import { isObject } from './params.ts'
import type { MethodStats, RequestOutcome, RpcStats } from './RpcStats.ts'
import { errorText, idOf } from './requestId.ts'
import type { OutcomeReceiver, SubmitOutcome, TransactionIntake } from './TransactionIntake.ts'

const SEND = 'eth_sendRawTransaction'
const PARAMS = METHODS.get(SEND)!.params

/** A well-formed request of eth_sendRawTransaction that wants an answer. */
export type Send = { jsonrpc: '2.0'; id: unknown; method: typeof SEND; params?: unknown }

/** Behind the sends that begin at `start`, or behind the one message there if it is another. */
export function endOfSends(messages: readonly unknown[], start: number): number {
  let end = start
  while (end < messages.length && isSend(messages[end])) end++
  return Math.max(end, start + 1)
}

function isSend(message: unknown): message is Send {
  if (!isObject(message)) return false
  if (message.method !== SEND || message.jsonrpc !== '2.0') return false
  return idOf(message) !== 'null' && message.minMiniBlock === undefined
}

/**
 * Several eth_sendRawTransaction of one batch: what the method does for each, with one promise for all of them and the
 * answers written as text at once. It answers each as the method would.
 */
export class SendBatch implements OutcomeReceiver {
  /** In the order of the requests. */
  readonly answers: Promise<string[]>
  readonly #texts: string[]
  readonly #ids: string[]
  readonly #resolve: (texts: string[]) => void
  readonly #stats: RpcStats
  readonly #sends: MethodStats
  readonly #startMs = performance.now()
  #left: number

  constructor(intake: TransactionIntake, sends: readonly Send[], stats: RpcStats) {
    this.#stats = stats
    this.#sends = stats.methods.get(SEND)!
    const { promise, resolve } = Promise.withResolvers<string[]>()
    this.answers = promise
    this.#resolve = resolve
    this.#texts = new Array(sends.length).fill('')
    this.#ids = sends.map(idOf)
    this.#left = sends.length
    for (const [position, { params }] of sends.entries()) {
      const raw = this.#parse(params, position)
      if (raw !== undefined) intake.submit(raw, this, position)
    }
  }

  settle(position: number, outcome: SubmitOutcome): void {
    const id = this.#ids[position]!
    if (outcome.kind === 'refused') this.#fail(position, nodeError(outcome.message))
    else this.#answer(position, 'ok', `{"jsonrpc":"2.0","id":${id},"result":"${hexData(outcome.hash)}"}`)
  }

  executed(position: number, bytes: Uint8Array, at: number): void {
    this.settle(position, { kind: 'executed', hash: bytes.subarray(at, at + 32) })
  }

  /** Undefined: the parameters are answered already. */
  #parse(params: unknown, position: number): Uint8Array | undefined {
    try {
      return parseParams(PARAMS, params)[0] as Uint8Array
    } catch (error) {
      this.#fail(position, error as RpcError)
      return undefined
    }
  }

  #fail(position: number, error: RpcError): void {
    this.#stats.answeredError(error.code)
    this.#answer(position, 'error', errorText(this.#ids[position]!, error))
  }

  #answer(position: number, outcome: RequestOutcome, text: string): void {
    this.#sends.ended(outcome, this.#startMs)
    this.#texts[position] = text
    if (--this.#left === 0) this.#resolve(this.#texts)
  }
}
