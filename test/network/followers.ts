import { Engine } from '../../src/execution/index.ts'
import {
  chunkDigest,
  decodeRecord,
  EntryMaker,
  type Evidence,
  encodeEntry,
  type FeedEntry,
  LogOrder,
  type LogRecord,
  payloadOf,
  type RecordSigner,
  readFrames,
  signEntry,
} from '../../src/feed/index.ts'
import { trieCommitment } from '../../src/node/trieCommitment.ts'
import { EntryFollower, type FollowedChain, RefutedError } from '../../src/replica/index.ts'
import { ChainTail, EngineSystemCalls, Sealer } from '../../src/sequencer/index.ts'
import { CompactStateTrie } from '../../src/trie/index.ts'
import { ExecutionDifferenceError, RecordVerifier } from '../../src/verifier/index.ts'
import { atGenesis, chain, diffs, ENGINE, type Recorded } from './RecordedChain.ts'

/** The records as a sequencer's stream has them. @param epoch - of its term. */
export async function entriesOf(
  records: readonly Recorded[],
  { signer, epoch = 1n }: { signer: RecordSigner; epoch?: bigint },
): Promise<FeedEntry[]> {
  const engine = atGenesis(encoding)
  const maker = new EntryMaker({
    ...{ genesisHash: chain.hash, parentDigest: chain.hash, epoch, nextRecord: 0n, miniBlockNumber: 0n },
    oldState: oldStateOf(engine),
  })
  const entries: FeedEntry[] = []
  for (const { record, frame } of records) {
    const entry = maker.add(record, payloadOf(frame))
    if (record.kind === 'chunk' || record.kind === 'rewind') engine.applyDiff(record.diff)
    if (entry !== undefined) entries.push(await signEntry(entry, { genesisHash: chain.hash, signer }))
  }
  return entries
}

const encoding = new Engine(ENGINE)
const following = new Engine(ENGINE)

function oldStateOf(engine: Engine) {
  return {
    account: (address: Uint8Array) => engine.getAccount(address),
    slot: (address: Uint8Array, key: Uint8Array) => engine.getStorage(address, key),
  }
}

/** A replica, or a full node, whose log is an array. Its sealer checks each header as soon as it comes. */
export class TestFollower {
  readonly frames: Uint8Array[] = []
  readonly evidence: Evidence[] = []
  readonly refuted: { encoded: Uint8Array; error: RefutedError }[] = []
  readonly #verifies: boolean
  readonly #entries: EntryFollower

  constructor({ signer, verifies }: { signer: Uint8Array; verifies: boolean }) {
    this.#verifies = verifies
    this.#entries = new EntryFollower({
      ...{ genesisHash: chain.hash, signer, open: () => this.#open() },
      sink: {
        append: ({ frames }) => {
          for (const { frame } of readFrames(frames)) this.frames.push(frame)
        },
        known: () => {},
        evidence: (each) => this.evidence.push(each),
        refuted: (encoded, error) => this.refuted.push({ encoded, error }),
      },
    })
  }

  /** Takes what a source gives, from the beginning of an entry on that the log needs. */
  follow(entries: Iterable<Uint8Array>): void {
    this.#entries.begin()
    for (const encoded of entries) this.#entries.take(encoded)
  }

  followEntries(entries: readonly FeedEntry[]): void {
    this.follow(entries.map(encodeEntry))
  }

  get nextRecord(): bigint {
    return this.#entries.nextRecord
  }

  #open(): FollowedChain {
    const engine = atGenesis(following)
    const tail = ChainTail.ofGenesis(chain.closed, chain.hash)
    const order = new LogOrder(tail.order)
    const check = this.#verifies ? executing(engine, tail) : applying(engine)
    const take = (record: LogRecord, payload: Uint8Array): void => {
      check(record)
      tail.follow(record, record.kind === 'chunk' ? chunkDigest(payload) : undefined)
    }
    for (const frame of this.frames) {
      const [record, payload] = [decodeRecord(frame), payloadOf(frame)]
      order.accept(record, payload)
      take(record, payload)
    }
    const nextRecord = BigInt(this.frames.length)
    const state = { ...oldStateOf(engine), take }
    return { order, state, nextRecord, miniBlockNumber: tail.miniBlock.number }
  }
}

type Check = (record: LogRecord) => void

/** Applies diffs, and compares each header with its own. */
function applying(engine: Engine): Check {
  const trie = new CompactStateTrie({ memoryMiB: 256 })
  for (const diff of diffs) trie.apply(diff)
  const sealer = new Sealer(
    trieCommitment(trie),
    { number: 0n, hash: chain.hash, genesisHash: chain.hash },
    chain.schedule,
  )
  trie.keep(0n)
  return (record) => {
    sealer.follow(record)
    if (record.kind === 'chunk' || record.kind === 'rewind') engine.applyDiff(record.diff)
  }
}

function executing(engine: Engine, tail: ChainTail): Check {
  const system = new EngineSystemCalls(engine, chain.schedule)
  const verifier = new RecordVerifier({ engine, system, schedule: chain.schedule, tail, isDev: false })
  return (record) => {
    const difference = verifier.verify(record)
    if (difference !== undefined) throw new RefutedError(new ExecutionDifferenceError(difference))
  }
}
