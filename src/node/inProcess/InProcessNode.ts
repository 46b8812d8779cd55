import { fastCurvesWanted, loadFastCurves } from '../../evm/index.ts'
import type { EvmTier } from '../../execution/index.ts'
import { readFrames } from '../../feed/index.ts'
import { MemoryHistory } from '../../history/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { type Clock, systemClock } from '../../lib/index.ts'
import type { DeveloperAccount, MiningMode, SealedPlace } from '../../protocol/index.ts'
import {
  ChainTail,
  EngineSystemCalls,
  Sealer,
  Sequencer,
  type SequencerStep,
  TransactionPool,
} from '../../sequencer/index.ts'
import { CompactStateTrie } from '../../trie/index.ts'
import { type Chain, rulesNow } from '../chain.ts'
import { EvmMonitor, TieredEngine } from '../compiling/index.ts'
import { CommandClient, KeyRing, NodeDev, Terminal } from '../dev/index.ts'
import type { ReadState } from '../dumping/index.ts'
import type { ForkedState, ForkThread } from '../forking/index.ts'
import { PoolView } from '../intake/index.ts'
import { keptRecord } from '../keptRecord.ts'
import { NodeView } from '../NodeView.ts'
import { restoringDiff } from '../rewinding/index.ts'
import { TraceHere } from '../tracing/index.ts'
import { trieAnswers } from '../trieAnswers.ts'
import { trieCommitment } from '../trieCommitment.ts'
import { trieOptions } from '../trieOptions.ts'
import { CLIENT_VERSION } from '../version.ts'
import { genesisRecord } from '../viewBlocks.ts'
import { DirectIntake } from './DirectIntake.ts'
import { firstState } from './firstState.ts'
import { StateKeys } from './StateKeys.ts'

/** What setTimeout takes; then it is looked again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export type InProcessSettings = {
  /** Text of a geth-style genesis; whether it is the local one. */
  genesis: string
  isLocal: boolean
  /** On which a forked chain stands; it ends with the chain. */
  fork: ForkThread | undefined
  /** Whose keys it has. */
  accounts: readonly DeveloperAccount[]
  miniBlockMs: number
  mining: MiningMode
  /** Of each of the two copies of the state, reserved and committed as it is used. */
  memoryMiB: number
  /** Of blocks that are kept, about. */
  historyBytes: number
  evm: EvmTier
  /** Hears what contracts write with console.log, and why transactions and calls fail. */
  terminal: ((line: string) => void) | undefined
}

/** What the parts of a node stand on: the rules, and the first state in each form. */
type Base = {
  chain: Chain
  trie: CompactStateTrie
  tiers: TieredEngine
  viewTiers: TieredEngine
  /** Of a forked chain: the state before, for which whoever reads it here waits. */
  before: ForkedState | undefined
  /** Undefined for a forked chain, which knows of no account or slot before it meets it. */
  stateKeys: StateKeys | undefined
}

/**
 * The parts of a node on one thread: sequencer, sealer and view follow the same records as they do in threads, each step
 * from hand to hand. What is due by the clock is done by a timer, which does not keep the process alive. Of a forked chain the
 * sequencer and the sealer wait in place for what they meet first, the view does not.
 */
export class InProcessNode {
  readonly chain: Chain
  readonly view: NodeView
  /** Told once, when the chain can't go on. */
  onFailure: (error: Error) => void = () => {}
  readonly #clock: Clock = systemClock()
  readonly #sequencer: Sequencer
  readonly #sealer: Sealer
  readonly #tiers: TieredEngine
  readonly #intake: DirectIntake
  readonly #commands: CommandClient
  readonly #stateKeys: StateKeys | undefined
  readonly #fork: ForkThread | undefined
  #timer: NodeJS.Timeout | undefined
  #isEnded = false

  /** @throws GenesisError */
  constructor(settings: InProcessSettings) {
    const base = openBase(settings)
    const { chain, trie, tiers, before, stateKeys } = base
    const { header, hash, schedule } = chain
    const { number } = header
    this.chain = chain
    this.#tiers = tiers
    this.#stateKeys = stateKeys
    this.#fork = settings.fork
    this.#fork?.onFailure((error) => this.#fail(error))
    this.#sealer = new Sealer(trieCommitment(trie, before), { number, hash, genesisHash: hash }, schedule)
    trie.keep(number)
    this.view = openView(base, settings)
    this.#sequencer = this.#newSequencer(base, settings)
    const pool = new PoolView()
    this.#intake = this.#newIntake(base, pool)
    this.#commands = new CommandClient((id, command) => this.#do(() => this.#sequencer.command(id, command)))
    this.view.connect({
      sealer: trieAnswers(trie),
      ...{ submissions: this.#intake, pool, dev: this.#newDev(settings) },
      nodeStatus: () => ({ role: 'sequencer', following: undefined }),
      network: async () => [],
      monitor: new EvmMonitor({
        ...{ tier: settings.evm, speculation: { speculators: 0, parallel: 'never' } },
        ...{ sequencer: tiers.counters, view: base.viewTiers, compiler: undefined },
      }),
      remote: this.#fork,
    })
    this.#step()
    this.#fork?.serve()
  }

  async close(): Promise<void> {
    this.#end()
    await Promise.all([this.view.close(), this.#fork?.close()])
  }

  #newSequencer({ chain, tiers, before }: Base, { miniBlockMs, mining }: InProcessSettings): Sequencer {
    const { engine } = tiers
    const { schedule, closed, hash, header } = chain
    return new Sequencer({
      hashBefore: (number) => (number < header.number ? before?.blockHash(number) : undefined),
      ...{ engine, system: new EngineSystemCalls(engine, schedule), pool: new TransactionPool() },
      ...{ tail: ChainTail.ofGenesis(closed, hash), clock: this.#clock, schedule, miniBlockMs },
      ...{ mining, isDev: true, randomness: hashesFrom(hash), epoch: 0n },
    })
  }

  #newIntake({ chain }: Base, pool: PoolView): DirectIntake {
    return new DirectIntake({
      pool,
      rules: () => rulesNow(chain, this.#clock),
      take: (run) => this.#do(() => this.#sequencer.submit([run])),
      onQueued: ({ hash }) => this.view.announceQueued(hash),
    })
  }

  #newDev({ mining, accounts, isLocal, terminal: write }: InProcessSettings): NodeDev {
    const keys = this.#stateKeys
    const terminal = write && new Terminal(this.view, { write, isNew: isLocal })
    return new NodeDev(this.#commands, {
      ...{ mining, accounts: new KeyRing(accounts), view: this.view, folder: undefined, terminal },
      state: keys && ((place) => this.#openState(keys, place)),
    })
  }

  /** At once: it has no files that would hold it while the chain goes on. */
  async #openState(keys: StateKeys, { blockNumber }: SealedPlace): Promise<ReadState> {
    const { restorable } = this.view
    const now = keys.read(restorable)
    const back = await restoringDiff(restorable, blockNumber)
    return async (onDiff) => {
      onDiff(now)
      onDiff(back)
    }
  }

  /** Does something with the sequencer, then all that follows from it. */
  #do(action: () => void): void {
    if (this.#isEnded) return
    try {
      action()
      this.#step()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #fail(error: Error): void {
    if (this.#isEnded) return
    this.#end()
    this.onFailure(error)
  }

  /** Until nothing more follows. */
  #step(): void {
    this.#sequencer.tick()
    for (let step = this.#sequencer.takeStep(); step !== undefined; step = this.#sequencer.takeStep())
      this.#follow(step)
    if (fastCurvesWanted()) void loadFastCurves()
    this.#wakeInTime()
  }

  #follow(step: SequencerStep): void {
    this.#tiers.report()
    const { sealedNumber } = this.view
    for (const { record } of readFrames(step.frames)) {
      this.view.follow(keptRecord(record))
      this.#sealer.follow(record)
      if (record.kind === 'chunk' || record.kind === 'rewind') this.#stateKeys?.apply(record.diff)
    }
    // There is no disk: what is sealed is as safe as it will ever be.
    if (this.view.sealedNumber > sealedNumber) this.view.markAllDurable()
    this.#intake.settle(step)
    this.#commands.settle(step.commanded)
    for (let header = this.#sealer.seal(); header !== undefined; header = this.#sealer.seal())
      this.#sequencer.setHeader(header)
  }

  #wakeInTime(): void {
    clearTimeout(this.#timer)
    const { nextDeadlineMs } = this.#sequencer
    if (nextDeadlineMs === Number.POSITIVE_INFINITY) return
    const waitMs = Math.max(0, nextDeadlineMs - this.#clock.fineMs())
    this.#timer = setTimeout(() => this.#do(() => {}), Math.min(waitMs, LONGEST_TIMER_MS)).unref()
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    clearTimeout(this.#timer)
    this.#intake.close()
    void this.#fork?.close()
  }
}

function openBase({ genesis: text, memoryMiB, evm, fork }: InProcessSettings): Base {
  const { chain, diffs } = firstState(text)
  const before = fork?.newState()
  const base = {
    chain,
    trie: new CompactStateTrie(trieOptions(memoryMiB)),
    tiers: new TieredEngine({ memoryMiB, evm, compiler: undefined, base: before }),
    viewTiers: new TieredEngine({ memoryMiB, evm, compiler: undefined, base: fork?.state }),
    before,
    stateKeys: fork === undefined ? new StateKeys() : undefined,
  }
  for (const diff of diffs) {
    base.trie.apply(diff)
    base.stateKeys?.apply(diff)
    base.tiers.engine.applyDiff(diff)
    base.viewTiers.engine.applyDiff(diff)
  }
  return base
}

function openView({ chain, viewTiers }: Base, { historyBytes, fork }: InProcessSettings): NodeView {
  const { header, encodedHeader } = chain
  const history = new MemoryHistory(historyBytes)
  history.append(genesisRecord(chain))
  return new NodeView({
    ...{ chain, engine: viewTiers.engine, history, clientVersion: CLIENT_VERSION, isDev: true },
    ...{ logFolder: undefined, tracer: new TraceHere(), before: fork?.state },
    start: { blockNumber: header.number, header: encodedHeader, miniBlockNumber: 0n },
  })
}

/** Each the hash of the one before: the same chain gets the same again. */
function hashesFrom(seed: Uint8Array): () => Uint8Array {
  let last = seed
  return () => {
    last = keccak256(last)
    return last
  }
}
