import type { MessagePort, Worker } from 'node:worker_threads'
import type { EvmTier } from '../../execution/index.ts'
import { Histogram, histogramBytes } from '../../lib/index.ts'
import { ENGINE_COUNTERS, type EngineCounters } from '../compiling/index.ts'
import type { ForkThread } from '../forking/index.ts'
import { IntakeRing } from '../intake/index.ts'
import type { SequencerSettings, SequencerThreadData } from '../messages.ts'
import type { NodeRole, RoleLinks, RoleThread } from '../NodeRole.ts'
import type { Tell } from '../operating/index.ts'
import { LATENESS_BOUNDS_S } from '../SealWatch.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { type SpeculationSettings, SpeculatorThreads } from '../speculating/index.ts'
import { SequencerClient } from './SequencerClient.ts'

export type SequencerRoleOptions = SequencerSettings & {
  evm: EvmTier
  /** Of a chain that was forked. */
  fork?: ForkThread | undefined
  /** Of a ThreadWatch: what the thread does is noted there. */
  watch?: SharedArrayBuffer | undefined
  /** Every account is impersonated from the start. */
  autoImpersonate?: boolean | undefined
  /** Hears what contracts write with console.log, and why transactions and calls fail. */
  terminal?: ((line: string) => void) | undefined
}

/** The node that makes the chain: its log is written by what orders and executes transactions. */
export class SequencerRole implements NodeRole {
  readonly engineCounters: EngineCounters = new SharedCounters(ENGINE_COUNTERS)
  readonly speculation: SpeculationSettings
  /** Transactions on their way to the sequencer. */
  readonly intake: IntakeRing = new IntakeRing()
  readonly #options: SequencerRoleOptions
  readonly #lateness = new Histogram(
    LATENESS_BOUNDS_S,
    new SharedArrayBuffer(histogramBytes(LATENESS_BOUNDS_S)),
  )
  readonly #speculators: SpeculatorThreads

  constructor(options: SequencerRoleOptions) {
    this.#options = options
    this.speculation = options.speculation
    this.#speculators = new SpeculatorThreads(options.speculation.speculators)
  }

  get thread(): RoleThread {
    const { fork, watch, journal, miniBlockMs, mining, isDev, speculation } = this.#options
    const speculators = this.#speculators.ports
    const data: SequencerThreadData = {
      ...{ journal, miniBlockMs, mining, isDev, speculation, speculators, watch },
      ...{ fork: fork?.sequencer, intake: this.intake.memory },
      lateness: this.#lateness.memory as SharedArrayBuffer,
    }
    const transferList: MessagePort[] =
      fork === undefined ? speculators : [fork.sequencer.port, ...speculators]
    return { file: 'sequencerWorker', data, transferList, makesHeaders: true }
  }

  connect(links: RoleLinks): SequencerClient {
    const { isDev, mining, autoImpersonate = false, terminal } = this.#options
    const dev = isDev ? { mining, autoImpersonate, terminal } : undefined
    return new SequencerClient(links, { intake: this.intake, lateness: this.#lateness, dev })
  }

  startHelpers(tell: Tell): void {
    this.#speculators.start(this.#options.evm, tell)
  }

  *helpers(): Generator<readonly [string, Worker]> {
    for (const [index, worker] of this.#speculators.workers.entries()) yield [`speculator-${index}`, worker]
  }

  closeHelpers(): Promise<unknown> {
    return this.#speculators.close()
  }
}
