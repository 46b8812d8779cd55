import { type FeedSource, FeedSourceError } from '../FeedSource.ts'
import type { FeedDuplex } from './FeedDuplex.ts'
import { encodeFrame, FeedSessionError, type Frame, FrameSplitter, PREFACE } from './frames.ts'
import { MAX_CREDIT_BYTES, MAX_SERVED_REQUESTS, PART_BYTES } from './limits.ts'
import {
  decodeCredit,
  decodeEntriesRequest,
  decodeSubmit,
  encodeAnswers,
  encodeError,
  encodeHello,
  encodePart,
} from './messages.ts'

/**
 * Serves a source to the other side of a connection until it ends. A reader that is slow makes its requests wait: of each
 * no more than one entry is held ready.
 *
 * @throws FeedSessionError when the other side does not keep to the protocol. The connection is closed in any case.
 */
export async function serveFeed(duplex: FeedDuplex, source: FeedSource): Promise<void> {
  const session = new ServerSession(duplex, source)
  try {
    await session.run()
  } finally {
    session.close()
  }
}

/** A request under way. */
type OpenRequest = {
  control: AbortController
  /** Bytes that may be sent. */
  credit: number
  /** Called when there is credit again. */
  onCredit: () => void
}

/** A request: bytes that may be sent at first, and what the source gives for it. */
type Asked = {
  credit: number
  items: (signal: AbortSignal) => AsyncIterable<Uint8Array> | Promise<Uint8Array[]>
}

class ServerSession {
  readonly #duplex: FeedDuplex
  readonly #source: FeedSource
  readonly #open = new Map<number, OpenRequest>()
  /** Resolves once what was sent before is written. */
  #written: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(duplex: FeedDuplex, source: FeedSource) {
    this.#duplex = duplex
    this.#source = source
  }

  async run(): Promise<void> {
    const splitter = new FrameSplitter()
    await this.#write(PREFACE)
    for await (const piece of this.#duplex.incoming)
      for (const frame of splitter.push(piece)) this.#take(frame)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const { control, onCredit } of this.#open.values()) {
      control.abort()
      onCredit()
    }
    this.#duplex.close()
  }

  #take(frame: Frame): void {
    const { type, request, payload } = frame
    if (type === 'credit') this.#addCredit(request, decodeCredit(payload))
    else if (type === 'cancel') this.#cancel(request)
    else this.#answer(request, this.#asked(frame))
  }

  /** @throws FeedSessionError for what is no request. */
  #asked({ type, payload }: Frame): Asked {
    switch (type) {
      case 'hello': {
        const items = async () => [encodeHello(await this.#source.hello())]
        return { credit: decodeCredit(payload), items }
      }
      case 'entries': {
        const { credit, fromRecord, withDictionary } = decodeEntriesRequest(payload)
        const items = (signal: AbortSignal) => this.#source.entries(fromRecord, { withDictionary, signal })
        return { credit, items }
      }
      case 'genesis':
        return { credit: decodeCredit(payload), items: async () => [await this.#source.genesis()] }
      case 'snapshot':
        return { credit: decodeCredit(payload), items: (signal) => this.#source.snapshot({ signal }) }
      case 'submit': {
        // The payload is a view of what came, and this outlives it.
        const { credit, raw } = decodeSubmit(payload.slice())
        return { credit, items: async () => [encodeAnswers(await this.#source.submit(raw))] }
      }
      default:
        throw new FeedSessionError('UNEXPECTED_TYPE', `${type} from a client`)
    }
  }

  #answer(request: number, { credit, items }: Asked): void {
    if (this.#open.has(request)) throw new FeedSessionError('REQUEST_IN_USE', `request ${request}`)
    if (this.#open.size >= MAX_SERVED_REQUESTS)
      throw new FeedSessionError('TOO_MANY_REQUESTS', `more than ${MAX_SERVED_REQUESTS}`)
    checkCredit(credit)
    const open: OpenRequest = { control: new AbortController(), credit, onCredit: () => {} }
    this.#open.set(request, open)
    void this.#run(request, open, items)
  }

  async #run(request: number, open: OpenRequest, items: Asked['items']): Promise<void> {
    const { signal } = open.control
    let last: Uint8Array
    try {
      for await (const item of await items(signal)) {
        await this.#sendItem(request, open, item)
        if (signal.aborted) break
      }
      last = encodeFrame('end', request)
    } catch (error) {
      const known = error instanceof FeedSourceError ? error : new FeedSourceError('FAILED', 'it could not')
      last = encodeFrame('error', request, encodeError(known))
    }
    // Only then: who takes nothing may not ask on.
    await this.#write(last)
    this.#open.delete(request)
  }

  async #sendItem(request: number, open: OpenRequest, item: Uint8Array): Promise<void> {
    for (let at = 0, isLast = false; !isLast; ) {
      while (open.credit <= 0 && !open.control.signal.aborted)
        await new Promise<void>((resolve) => (open.onCredit = resolve))
      if (open.control.signal.aborted) return
      const part = item.subarray(at, at + Math.min(PART_BYTES, open.credit))
      open.credit -= part.length
      at += part.length
      isLast = at === item.length
      await this.#write(encodeFrame('part', request, encodePart(isLast, part)))
    }
  }

  #addCredit(request: number, bytes: number): void {
    const open = this.#open.get(request)
    // It may have ended meanwhile.
    if (open === undefined) return
    checkCredit(open.credit + bytes)
    open.credit += bytes
    open.onCredit()
  }

  /** What is cancelled ends like all others, or has ended meanwhile. */
  #cancel(request: number): void {
    const open = this.#open.get(request)
    open?.control.abort()
    open?.onCredit()
  }

  /** One frame after another; resolves, also when the connection has ended, once there is room for more. */
  #write(bytes: Uint8Array): Promise<void> {
    this.#written = this.#written.then(async () => {
      if (this.#isClosed) return
      try {
        await this.#duplex.write(bytes)
      } catch {
        // It has ended; so does reading from it.
        this.close()
      }
    })
    return this.#written
  }
}

function checkCredit(credit: number): void {
  if (credit > MAX_CREDIT_BYTES) throw new FeedSessionError('CREDIT', `${credit} bytes of credit`)
}
