import { setTimeout as pause } from 'node:timers/promises'
import {
  decodeEntry,
  EntryChain,
  EntryChainError,
  entryDigest,
  type FeedEntry,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  nextRecord,
} from '../../feed/index.ts'
import { bytesToHex, equalBytes } from '../../lib/index.ts'
import { InFlight } from './InFlight.ts'
import { NatsClient, NatsError } from './NatsClient.ts'
import { NatsFiles } from './NatsFiles.ts'
import { NatsLog, type NatsTail } from './NatsLog.ts'
import type { NatsPlace } from './NatsPlace.ts'
import { serveSubmissions } from './natsSubmissions.ts'

export type NatsPublisherParts = {
  /** Whose entries are published: the node's own. */
  source: FeedSource
  place: NatsPlace
  /** Of entries that are kept there; the oldest go. */
  maxBytes: number
  /** Hands on the transactions that readers send by way of NATS. */
  takesTransactions: boolean
  /** Hears what comes in between; it is tried again unless it is a NatsPublisherError. */
  onTrouble(error: Error): void
  /** Hears that entries are published, from this record on. */
  onConnected(fromRecord: bigint): void
}

/** What one connection works with. */
type Session = { log: NatsLog; files: NatsFiles; hello: FeedHello; ending: AbortController }

/** After a failure; so of several publishers one goes on at a time. */
const RETRY_MS = 1000
/** A newer snapshot is put there once this part of what is kept has come since. */
const SNAPSHOT_SHARE = 4

/**
 * Puts a node's entries into NATS, where any number of readers find them. Several may publish the same stream, as a
 * sequencer and its replicas: each entry gets there once, in order. One whose entries are others than those that are there
 * stops.
 */
export class NatsPublisher {
  readonly #parts: NatsPublisherParts
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  constructor(parts: NatsPublisherParts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.#session()
        if (!signal.aborted) throw new NatsError('CLOSED', 'the connection is gone')
      } catch (error) {
        if (signal.aborted) return
        this.#parts.onTrouble(error as Error)
        if (error instanceof NatsPublisherError) return
        await pause(RETRY_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  /** Ends when the connection or the publisher does. */
  async #session(): Promise<void> {
    const { place, source, maxBytes } = this.#parts
    const client = await NatsClient.connect(place)
    const ending = new AbortController()
    const end = () => ending.abort()
    this.#stopping.signal.addEventListener('abort', end)
    void client.connection.closed().then(end)
    try {
      const log = new NatsLog(client, place.name)
      const files = new NatsFiles(client, place.name)
      await log.create({ maxBytes, replicas: place.replicas })
      await files.create({ replicas: place.replicas })
      const hello = await source.hello()
      await settleChain(files, { hello, source })
      if (this.#parts.takesTransactions)
        void serveSubmissions(client.connection, { subject: `${place.name}.submit`, source }).catch(end)
      await this.#publish({ log, files, hello, ending })
    } finally {
      this.#stopping.signal.removeEventListener('abort', end)
      ending.abort()
      await client.close()
    }
  }

  async #publish({ log, files, hello, ending }: Session): Promise<void> {
    const { source, maxBytes } = this.#parts
    const tail = await usableTail(log, hello)
    const chain = chainBehind(tail, hello)
    const { signal } = ending
    const inFlight = new InFlight(() => ending.abort())
    const putSnapshot = () =>
      files.putSnapshot(source.snapshot({ signal })).catch((error) => {
        const isNone = error instanceof FeedSourceError && error.code === 'NOT_OFFERED'
        if (!isNone) inFlight.fail(error)
      })
    let snapshot = (await files.hasSnapshot()) ? undefined : putSnapshot()
    let bytesSince = 0
    let dictionaryRecord = tail?.dictionaryRecord
    this.#parts.onConnected(chain.nextRecord)
    for await (const bytes of source.entries(chain.nextRecord, { signal })) {
      const entry = decodeEntry(bytes)
      accept(chain, entry)
      if (entry.beginsAnew) dictionaryRecord = entry.firstRecord
      // The stream begins where readers can begin.
      if (dictionaryRecord === undefined) continue
      const { firstRecord } = entry
      await inFlight.add(bytes.length, log.append(bytes, { firstRecord, dictionaryRecord }))
      bytesSince += bytes.length
      if (bytesSince <= maxBytes / SNAPSHOT_SHARE) continue
      bytesSince = 0
      snapshot = (snapshot ?? Promise.resolve()).then(putSnapshot)
    }
    inFlight.check()
  }
}

/** Says what chain it is where nobody has; refuses another's place. */
async function settleChain(
  files: NatsFiles,
  { hello, source }: { hello: FeedHello; source: FeedSource },
): Promise<void> {
  const there = await files.chain()
  if (there === undefined) return files.putChain(hello, await source.genesis())
  const isSame = equalBytes(there.genesisHash, hello.genesisHash) && equalBytes(there.signer, hello.signer)
  if (isSame) return
  throw new NatsPublisherError(
    'OTHER_CHAIN',
    `genesis hash ${bytesToHex(there.genesisHash)}, sequencer ${bytesToHex(there.signer)}`,
  )
}

/** The newest entry there, behind which this node can go on; undefined: begin with what it has. */
async function usableTail(log: NatsLog, hello: FeedHello): Promise<NatsTail | undefined> {
  const tail = await log.tail()
  if (tail === undefined) return undefined
  if (nextRecord(tail.entry) >= hello.firstRecord) return tail
  // What lies between is nowhere any more, so that its readers need a snapshot in any case.
  await log.purge()
  return undefined
}

function chainBehind(
  tail: NatsTail | undefined,
  { genesisHash, signer, firstRecord }: FeedHello,
): EntryChain {
  if (tail === undefined) return new EntryChain({ genesisHash, signer, nextRecord: firstRecord })
  const { epoch, miniBlockNumber } = tail.entry
  const last = { digest: entryDigest(tail.entry, genesisHash), epoch, miniBlockNumber }
  return new EntryChain({ genesisHash, signer, nextRecord: nextRecord(tail.entry), last })
}

function accept(chain: EntryChain, entry: FeedEntry): void {
  try {
    chain.accept(entry)
  } catch (error) {
    if (!(error instanceof EntryChainError)) throw error
    throw new NatsPublisherError('DIVERGED', error.message)
  }
}

export type NatsPublisherErrorCode =
  /** Another chain's entries are there. */
  | 'OTHER_CHAIN'
  /** This node's entries don't follow those that are there. */
  | 'DIVERGED'

/** What is in NATS is not what this node could have put there; nothing was changed. */
export class NatsPublisherError extends Error {
  override readonly name = 'NatsPublisherError'
  readonly recovery = 'stop'
  readonly code: NatsPublisherErrorCode

  constructor(code: NatsPublisherErrorCode, found: string) {
    super(
      `NATS holds another stream than this node's (${code}).\n  there: ${found}\n` +
        '  next: see who else publishes there; else give another name behind the / of the URL, or delete both streams there.',
    )
    this.code = code
  }
}
