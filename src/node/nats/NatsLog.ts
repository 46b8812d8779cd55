import {
  decodeEntry,
  type FeedEntry,
  FeedSourceError,
  MAX_ENTRY_BYTES,
  nextRecord,
} from '../../feed/index.ts'
import { EntryJoiner } from './EntryJoiner.ts'
import { type EntryPart, readPart, splitEntry } from './entryParts.ts'
import type { NatsClient, NatsMessage } from './NatsClient.ts'

/** The newest entry in NATS. */
export type NatsTail = { entry: FeedEntry; dictionaryRecord: bigint }

/**
 * The stream of entries as a stream of JetStream: each entry is one message, or several where the server's limit asks for
 * it. Whoever appends names the sequence number of the message before; so of two publishers one fails.
 */
export class NatsLog {
  readonly #client: NatsClient
  readonly #stream: string
  readonly #subject: string
  /** Of the newest message as the appending side knows it. */
  #lastSequence = 0

  constructor(client: NatsClient, name: string) {
    this.#client = client
    this.#stream = name
    this.#subject = `${name}.entries`
  }

  async create(options: { maxBytes: number; replicas: number }): Promise<void> {
    await this.#client.createStream(this.#stream, { subject: this.#subject, ...options })
  }

  /**
   * The newest whole entry; undefined: there is none. Appending goes on behind the newest message: parts of an entry that
   * nobody ended stay there, and are passed over by readers.
   */
  async tail(): Promise<NatsTail | undefined> {
    const { first, last } = await this.#bounds()
    this.#lastSequence = last
    for (let sequence = last; sequence >= first; ) {
      const part = await this.#partAt(sequence)
      if (part === undefined) return undefined
      const begin = sequence - part.part
      if (part.part === part.parts - 1 && begin >= first) {
        const entry = await this.#entryAt(begin, part.parts)
        if (entry !== undefined) return { entry, dictionaryRecord: part.dictionaryRecord }
      }
      sequence = begin - 1
    }
    return undefined
  }

  /** The oldest whole entry's first record; undefined: there is none. */
  async firstRecord(): Promise<bigint | undefined> {
    const { first, last } = await this.#bounds()
    for (let sequence = first; sequence <= last; sequence++) {
      const part = await this.#partAt(sequence)
      if (part?.part === 0) return part.firstRecord
    }
    return undefined
  }

  /**
   * Appends an entry. Its parts are handed over before this returns, so that several entries may be under way.
   *
   * @returns What ends when the server has them; fails with NatsError, FENCED where somebody else has appended.
   */
  append(bytes: Uint8Array, place: { firstRecord: bigint; dictionaryRecord: bigint }): Promise<unknown> {
    const messages = splitEntry(bytes, { ...place, maxBytes: this.#client.maxMessageBytes })
    return Promise.all(
      messages.map((message) => this.#client.appendAfter(this.#lastSequence++, this.#subject, message)),
    )
  }

  /** Removes all entries. */
  async purge(): Promise<void> {
    await this.#client.purge(this.#stream, this.#subject)
  }

  /** Encoded entries from the one on that begins with or holds a record; see FeedSource. */
  async *entries(
    fromRecord: bigint,
    { withDictionary = false, signal }: { withDictionary?: boolean; signal?: AbortSignal | undefined },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let from = await this.#find(fromRecord)
    if (withDictionary) {
      const part = await this.#partAt(from)
      if (part !== undefined) from = await this.#find(part.dictionaryRecord)
    }
    const joiner = new EntryJoiner(MAX_ENTRY_BYTES)
    let expected = from
    for await (const message of this.#client.read(this.#stream, { subject: this.#subject, from, signal })) {
      const part = partOf(message)
      // The stream may have begun anew behind the record while the reader waited for it.
      if (message.sequence === from && part.firstRecord > fromRecord)
        throw new FeedSourceError('PRUNED', `record ${fromRecord}`)
      if (message.sequence !== expected++) throw new FeedSourceError('PRUNED', 'the reader was too slow')
      const entry = joiner.add(part)
      if (entry !== undefined) yield entry
    }
  }

  /** Sequence number of the first message of the entry with a record; behind all, where the record comes next. */
  async #find(record: bigint): Promise<number> {
    const { first, last } = await this.#bounds()
    if (last < first && record === 0n) return last + 1
    let [low, high] = [first - 1, last]
    // Between them: the newest message that begins with this record or one before.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const part = await this.#partAt(middle)
      // Messages that went meanwhile were the oldest.
      if (part === undefined || part.firstRecord <= record) low = middle
      else high = middle - 1
    }
    const found = low < first ? undefined : await this.#partAt(low)
    if (found === undefined) throw new FeedSourceError(last < first ? 'AHEAD' : 'PRUNED', `record ${record}`)
    return this.#beginOf(record, { sequence: low, part: found, first, last })
  }

  async #beginOf(
    record: bigint,
    { sequence, part, first, last }: { sequence: number; part: EntryPart; first: number; last: number },
  ): Promise<number> {
    const begin = sequence - part.part
    if (begin < first) throw new FeedSourceError('PRUNED', `record ${record}`)
    // What nobody ended begins anew behind it.
    if (part.part < part.parts - 1) return begin
    const entry = await this.#entryAt(begin, part.parts)
    if (entry === undefined || record < nextRecord(entry)) return begin
    if (sequence === last && record === nextRecord(entry)) return last + 1
    throw new FeedSourceError('AHEAD', `record ${record}`)
  }

  async #entryAt(begin: number, parts: number): Promise<FeedEntry | undefined> {
    const joiner = new EntryJoiner(MAX_ENTRY_BYTES)
    for (let sequence = begin; sequence < begin + parts; sequence++) {
      const part = await this.#partAt(sequence)
      const entry = part === undefined ? undefined : joiner.add(part)
      if (entry !== undefined) return decodeEntry(entry)
    }
    return undefined
  }

  async #partAt(sequence: number): Promise<EntryPart | undefined> {
    const message = await this.#client.at(this.#stream, sequence)
    return message === undefined ? undefined : partOf(message)
  }

  async #bounds(): Promise<{ first: number; last: number }> {
    const bounds = await this.#client.bounds(this.#stream)
    if (bounds === undefined) throw new FeedSourceError('NOT_OFFERED', `NATS has no stream ${this.#stream}`)
    return bounds
  }
}

function partOf({ sequence, data }: NatsMessage): EntryPart {
  const part = readPart(data)
  if (part === undefined) throw new FeedSourceError('PROTOCOL', `message ${sequence} holds no entry`)
  return part
}
