import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { NatsPlace } from './NatsPlace.ts'

export type NatsMessage = { sequence: number; data: Uint8Array }

/**
 * What the reader of a stream holds ready at most, before it is asked for. Counted in messages: where it is counted in bytes,
 * and they differ much in size, the client has waited up to 45 s for what the server had.
 */
const READ_AHEAD = 32
/** Largest message here; the server may allow less. */
const MAX_MESSAGE_BYTES = 256 * 1024
/** For headers, within the size that the server allows a message. */
const HEADER_BYTES = 1024
const CONNECT_TIMEOUT_MS = 5000
const PING_MS = 5000
/** JetStream's codes of errors. */
const WRONG_LAST_SEQUENCE = 10_071
const STREAM_NOT_FOUND = 10_059

/**
 * A connection to NATS, and what of JetStream is needed here. A connection that is lost stays lost: whoever uses it opens
 * another. All methods throw NatsError.
 */
export class NatsClient {
  readonly connection: NatsConnection
  readonly #jetStream: JetStreamClient
  readonly #manager: JetStreamManager

  private constructor(connection: NatsConnection, jetStream: JetStreamClient, manager: JetStreamManager) {
    this.connection = connection
    this.#jetStream = jetStream
    this.#manager = manager
  }

  static async connect({ server, user, password }: NatsPlace): Promise<NatsClient> {
    // Loaded only by who uses it.
    const [{ connect }, { jetstream, jetstreamManager }] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
    ])
    const connection = await named(
      connect({
        servers: server,
        name: 'leveret',
        reconnect: false,
        timeout: CONNECT_TIMEOUT_MS,
        pingInterval: PING_MS,
        ...(user !== undefined && { user }),
        ...(password !== undefined && { pass: password }),
      }),
    )
    try {
      return new NatsClient(connection, jetstream(connection), await named(jetstreamManager(connection)))
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** Of one message, without headers. */
  get maxMessageBytes(): number {
    return Math.min(MAX_MESSAGE_BYTES, this.connection.info!.max_payload - HEADER_BYTES)
  }

  /** Makes a stream with one subject, or several below one, unless it is there. */
  async createStream(
    stream: string,
    options: { subject: string; maxBytes: number; replicas: number },
  ): Promise<void> {
    if ((await this.bounds(stream)) !== undefined) return
    const { subject, maxBytes, replicas } = options
    const { streams } = this.#manager
    await named(
      streams.add({ name: stream, subjects: [subject], max_bytes: maxBytes, num_replicas: replicas }),
    )
  }

  /** Sequence numbers of its oldest and newest message: (n + 1, n) when it is empty; undefined: there is no such stream. */
  async bounds(stream: string): Promise<{ first: number; last: number } | undefined> {
    try {
      const { state } = await this.#manager.streams.info(stream)
      return { first: state.messages === 0 ? state.last_seq + 1 : state.first_seq, last: state.last_seq }
    } catch (error) {
      if (codeOf(error) === STREAM_NOT_FOUND) return undefined
      throw new NatsError('FAILED', error)
    }
  }

  /** Of a stream that has messages, as bounds() tells. */
  async at(stream: string, sequence: number): Promise<NatsMessage | undefined> {
    return this.#get(stream, { seq: sequence })
  }

  async newest(stream: string, subject: string): Promise<NatsMessage | undefined> {
    // A server (2.9.10) that is asked for a message of a stream that it is just making ends with a panic.
    const bounds = await this.bounds(stream)
    if (bounds === undefined || bounds.last < bounds.first) return undefined
    return this.#get(stream, { last_by_subj: subject })
  }

  async #get(
    stream: string,
    query: { seq: number } | { last_by_subj: string },
  ): Promise<NatsMessage | undefined> {
    try {
      const message = await this.#manager.streams.getMessage(stream, query)
      return message === null ? undefined : { sequence: message.seq, data: message.data }
    } catch (error) {
      if (codeOf(error) === STREAM_NOT_FOUND) return undefined
      throw new NatsError('FAILED', error)
    }
  }

  /**
   * Appends a message if the stream's newest has this sequence number; else fails as FENCED. Several may be under way: they
   * are taken in order, or from the first that fails on none.
   */
  async appendAfter(lastSequence: number, subject: string, data: Uint8Array): Promise<void> {
    await named(this.#jetStream.publish(subject, data, { expect: { lastSequence } }))
  }

  /** Appends a message to a stream that has many subjects. */
  async append(subject: string, data: Uint8Array): Promise<void> {
    await named(this.#jetStream.publish(subject, data))
  }

  /** Removes all messages with a subject. */
  async purge(stream: string, subject: string): Promise<void> {
    await named(this.#manager.streams.purge(stream, { filter: subject }))
  }

  /** Messages with this subject in order, from a sequence number on; goes on as they come. */
  async *read(
    stream: string,
    options: { subject: string; from: number; signal?: AbortSignal | undefined },
  ): AsyncGenerator<NatsMessage, void, undefined> {
    const { DeliverPolicy } = await import('@nats-io/jetstream')
    const consumer = await named(
      this.#jetStream.consumers.get(stream, {
        filter_subjects: options.subject,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: options.from,
      }),
    )
    const messages = await named(consumer.consume({ max_messages: READ_AHEAD }))
    const stop = () => messages.stop()
    options.signal?.addEventListener('abort', stop)
    void this.connection.closed().then(stop)
    try {
      if (options.signal?.aborted !== true)
        for await (const { seq, data } of messages) yield { sequence: seq, data }
      if (options.signal?.aborted !== true) throw new NatsError('CLOSED', 'the connection is gone')
    } finally {
      options.signal?.removeEventListener('abort', stop)
      stop()
    }
  }

  async close(): Promise<void> {
    await this.connection.close()
  }
}

export type NatsErrorCode =
  /** Somebody else has appended. */
  'FENCED' | 'CLOSED' | 'FAILED'

/** NATS did not do what it was asked. */
export class NatsError extends Error {
  override readonly name = 'NatsError'
  readonly recovery = 'retry'
  readonly code: NatsErrorCode

  constructor(code: NatsErrorCode, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause)
    super(
      `NATS: ${what} (${code}).\n  next: it is tried again; see that the server is there and has JetStream.`,
    )
    this.code = code
  }
}

async function named<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw new NatsError(codeOf(error) === WRONG_LAST_SEQUENCE ? 'FENCED' : 'FAILED', error)
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}
