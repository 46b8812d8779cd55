import { MAX_ENTRY_BYTES } from '../entries/index.ts'
import {
  type EntriesOptions,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  type SubmitAnswer,
} from '../FeedSource.ts'
import type { FeedDuplex } from './FeedDuplex.ts'
import {
  encodeFrame,
  FeedSessionError,
  type Frame,
  FrameSplitter,
  type FrameType,
  PREFACE,
} from './frames.ts'
import { Incoming } from './Incoming.ts'
import {
  CREDIT_BYTES,
  MAX_ANSWER_BYTES,
  MAX_GENESIS_BYTES,
  MAX_OPEN_REQUESTS,
  MAX_PIECE_BYTES,
} from './limits.ts'
import {
  decodeAnswers,
  decodeError,
  decodeHello,
  decodePart,
  encodeCredit,
  encodeEntriesRequest,
  encodeSubmit,
  MAX_SUBMIT_BYTES,
  submitBytes,
} from './messages.ts'

/**
 * The source at the other side of a connection, where `serveFeed` answers. When the connection ends, or the other side
 * does not keep to the protocol, all that is under way fails, and so does all that is asked later.
 */
export function connectFeed(duplex: FeedDuplex): FeedSource {
  const session = new ClientSession(duplex)
  void session.run()
  return session
}

class ClientSession implements FeedSource {
  readonly #duplex: FeedDuplex
  /** Those too that were cancelled and have not ended yet. */
  readonly #open = new Map<number, Incoming>()
  #nextRequest = 1
  /** Resolves once what was sent before is written. */
  #written: Promise<void> = Promise.resolve()
  #failure: FeedSourceError | undefined

  constructor(duplex: FeedDuplex) {
    this.#duplex = duplex
  }

  async run(): Promise<void> {
    const splitter = new FrameSplitter()
    this.#write(PREFACE)
    try {
      for await (const piece of this.#duplex.incoming)
        for (const frame of splitter.push(piece)) this.#take(frame)
      this.#fail(new FeedSourceError('CLOSED', 'the connection has ended'))
    } catch (error) {
      this.#fail(
        error instanceof FeedSessionError
          ? new FeedSourceError('PROTOCOL', error.message)
          : new FeedSourceError('CLOSED', (error as Error).message),
      )
    }
  }

  async hello(): Promise<FeedHello> {
    return checked(decodeHello, await this.#one('hello', encodeCredit(CREDIT_BYTES), MAX_ANSWER_BYTES))
  }

  entries(fromRecord: bigint, options: EntriesOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { withDictionary = false, signal } = options
    const payload = encodeEntriesRequest({ credit: CREDIT_BYTES, fromRecord, withDictionary })
    return this.#items('entries', payload, MAX_ENTRY_BYTES, signal)
  }

  genesis(): Promise<Uint8Array> {
    return this.#one('genesis', encodeCredit(CREDIT_BYTES), MAX_GENESIS_BYTES)
  }

  snapshot({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array, void> {
    return this.#items('snapshot', encodeCredit(CREDIT_BYTES), MAX_PIECE_BYTES, signal)
  }

  async submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    const answers: SubmitAnswer[] = []
    for (const batch of batches(raw)) {
      const payload = encodeSubmit({ credit: CREDIT_BYTES, raw: batch })
      const found = checked(decodeAnswers, await this.#one('submit', payload, MAX_ANSWER_BYTES))
      if (found.length !== batch.length)
        throw new FeedSourceError('PROTOCOL', `${found.length} answers for ${batch.length} transactions`)
      for (const answer of found) answers.push(answer)
    }
    return answers
  }

  close(): void {
    this.#fail(new FeedSourceError('CLOSED', 'it was closed'))
  }

  #take({ type, request, payload }: Frame): void {
    const incoming = this.#open.get(request)
    if (incoming === undefined) throw new FeedSessionError('UNKNOWN_REQUEST', `request ${request}`)
    if (type === 'part') {
      const { isLast, bytes } = decodePart(payload)
      incoming.addPart(bytes, isLast)
    } else if (type === 'end' || type === 'error') {
      // First what may fail: whoever waits must not be forgotten.
      const error = type === 'error' ? decodeError(payload) : undefined
      this.#open.delete(request)
      incoming.end(error)
    } else throw new FeedSessionError('UNEXPECTED_TYPE', `${type} from a server`)
  }

  /** The only item of an answer. */
  async #one(type: FrameType, payload: Uint8Array, maxItemBytes: number): Promise<Uint8Array> {
    let answer: Uint8Array | undefined
    for await (const item of this.#items(type, payload, maxItemBytes)) {
      if (answer !== undefined) throw new FeedSourceError('PROTOCOL', `more than one answer to ${type}`)
      answer = item
    }
    if (answer === undefined) throw new FeedSourceError('PROTOCOL', `no answer to ${type}`)
    return answer
  }

  async *#items(
    type: FrameType,
    payload: Uint8Array,
    maxItemBytes: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    if (this.#failure !== undefined) throw this.#failure
    if (signal?.aborted) return
    if (this.#open.size >= MAX_OPEN_REQUESTS)
      throw new FeedSourceError('LIMIT', `more than ${MAX_OPEN_REQUESTS} requests at once`)
    const request = this.#nextRequest++
    const incoming = new Incoming({
      credit: CREDIT_BYTES,
      maxItemBytes,
      grant: (bytes) => this.#send('credit', request, encodeCredit(bytes)),
    })
    this.#open.set(request, incoming)
    this.#send(type, request, payload)
    const stop = () => incoming.end()
    signal?.addEventListener('abort', stop)
    try {
      for (let item = await incoming.take(); item !== undefined; item = await incoming.take()) yield item
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#cancel(request, incoming)
    }
  }

  /** Whoever asked wants no more of it. What comes until the other side knows is not kept. */
  #cancel(request: number, incoming: Incoming): void {
    if (!this.#open.has(request)) return
    incoming.discard()
    this.#send('cancel', request)
  }

  #send(type: FrameType, request: number, payload?: Uint8Array): void {
    this.#write(encodeFrame(type, request, payload))
  }

  /** One frame after another. What is not written yet is bounded by the requests and what they have been granted. */
  #write(bytes: Uint8Array): void {
    this.#written = this.#written.then(async () => {
      if (this.#failure !== undefined) return
      try {
        await this.#duplex.write(bytes)
      } catch (error) {
        this.#fail(new FeedSourceError('CLOSED', (error as Error).message))
      }
    })
  }

  #fail(error: FeedSourceError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    for (const incoming of this.#open.values()) incoming.end(error)
    this.#open.clear()
    this.#duplex.close()
  }
}

/** What the other side answered; it is of another version where that can't be read. */
function checked<T>(decode: (payload: Uint8Array) => T, payload: Uint8Array): T {
  try {
    return decode(payload)
  } catch (error) {
    if (!(error instanceof FeedSessionError)) throw error
    throw new FeedSourceError('PROTOCOL', error.message)
  }
}

/** As many in one frame as it takes. */
function* batches(raw: readonly Uint8Array[]): Generator<Uint8Array[], void> {
  let batch: Uint8Array[] = []
  let bytes = 0
  for (const envelope of raw) {
    const length = submitBytes(envelope)
    if (length > MAX_SUBMIT_BYTES)
      throw new FeedSourceError('LIMIT', `a transaction of ${envelope.length} bytes`)
    if (bytes + length > MAX_SUBMIT_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(envelope)
    bytes += length
  }
  if (batch.length > 0) yield batch
}
