import { Engine } from '../../src/execution/index.ts'
import { chunkDigest, LogOrder, type LogRecord, payloadOf, readFrames } from '../../src/feed/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { fromBigInt, ManualClock } from '../../src/lib/index.ts'
import { rulesNow } from '../../src/node/chain.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import { firstState } from '../../src/node/inProcess/firstState.ts'
import { prepareTransaction } from '../../src/node/intake/prepareTransactions.ts'
import { trieCommitment } from '../../src/node/trieCommitment.ts'
import { encodePrepared, type MiningMode, type PreparedTransaction } from '../../src/protocol/index.ts'
import {
  type ChainCommand,
  ChainTail,
  EngineSystemCalls,
  Sealer,
  Sequencer,
  TransactionPool,
} from '../../src/sequencer/index.ts'
import { CompactStateTrie } from '../../src/trie/index.ts'
import { type Difference, RecordVerifier } from '../../src/verifier/index.ts'

export type Recorded = { record: LogRecord; frame: Uint8Array }

const START_MS = 1_800_000_000_000
export const ENGINE = { memoryMiB: 384, evm: 'interpreter' } as const
export const { chain, diffs } = firstState(localGenesisJson())

const verifying = new Engine(ENGINE)

/** A sequencer and a sealer on one thread, with a clock that stands still, and every record that they write. */
export class RecordedChain {
  readonly records: Recorded[] = []
  readonly clock = new ManualClock(START_MS)
  readonly refusals: string[] = []
  readonly #sequencer: Sequencer
  readonly #sealer: Sealer
  #commands = 0
  #blocks = 0n

  constructor({
    mining = { kind: 'interval', ms: 1000 },
    isDev = false,
  }: { mining?: MiningMode; isDev?: boolean } = {}) {
    const engine = atGenesis(new Engine(ENGINE))
    const trie = new CompactStateTrie({ memoryMiB: 256 })
    for (const diff of diffs) trie.apply(diff)
    this.#sealer = new Sealer(
      trieCommitment(trie),
      { number: 0n, hash: chain.hash, genesisHash: chain.hash },
      chain.schedule,
    )
    trie.keep(0n)
    this.#sequencer = new Sequencer({
      ...{ engine, system: new EngineSystemCalls(engine, chain.schedule), pool: new TransactionPool() },
      ...{ tail: ChainTail.ofGenesis(chain.closed, chain.hash), clock: this.clock, schedule: chain.schedule },
      ...{ miniBlockMs: 10, mining, isDev, epoch: 0n },
      randomness: () => keccak256(fromBigInt(this.#blocks++, 32)),
    })
    this.#step()
  }

  /** Raw transactions that arrive together. */
  send(...raw: Uint8Array[]): void {
    this.submit(
      ...raw.map((each) => {
        const prepared = prepareTransaction(each, rulesNow(chain, this.clock))
        if (prepared.kind === 'refused') throw new Error(prepared.message)
        return prepared.transaction
      }),
    )
  }

  submit(...transactions: PreparedTransaction[]): void {
    const run = { firstTicket: 0, count: transactions.length, entries: encodePrepared(transactions) }
    this.#sequencer.submit([run])
    this.#step()
  }

  command(command: ChainCommand): void {
    this.#sequencer.command(this.#commands++, command)
    this.#step()
  }

  advance(ms: number): void {
    this.clock.advanceMs(ms)
    this.#step()
  }

  #step(): void {
    this.#sequencer.tick()
    for (let step = this.#sequencer.takeStep(); step !== undefined; step = this.#sequencer.takeStep()) {
      for (const { record, frame } of readFrames(step.frames.slice())) {
        this.records.push({ record, frame })
        this.#sealer.follow(record)
      }
      this.refusals.push(...step.refused.map(({ message }) => message))
      for (let header = this.#sealer.seal(); header !== undefined; header = this.#sealer.seal())
        this.#sequencer.setHeader(header)
    }
  }
}

/** What a full node finds in these records, and how many it has taken before. */
export function verifyRecords(
  records: readonly Recorded[],
  { isDev = false }: { isDev?: boolean } = {},
): { difference: Difference | undefined; verified: number } {
  const engine = atGenesis(verifying)
  const tail = ChainTail.ofGenesis(chain.closed, chain.hash)
  const order = new LogOrder(tail.order)
  const system = new EngineSystemCalls(engine, chain.schedule)
  const verifier = new RecordVerifier({ engine, system, schedule: chain.schedule, tail, isDev })
  for (const [verified, { record, frame }] of records.entries()) {
    const payload = payloadOf(frame)
    order.accept(record, payload)
    const difference = verifier.verify(record)
    if (difference !== undefined) return { difference, verified }
    tail.follow(record, record.kind === 'chunk' ? chunkDigest(payload) : undefined)
  }
  return { difference: undefined, verified: records.length }
}

/** At the chain's first state. */
export function atGenesis(engine: Engine): Engine {
  engine.reset()
  for (const diff of diffs) engine.applyDiff(diff)
  return engine
}
