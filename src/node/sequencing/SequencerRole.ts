import type { MessagePort, Worker } from 'node:worker_threads'
import type { EvmTier } from '../../execution/index.ts'
import { Histogram, hexToBytes, histogramBytes } from '../../lib/index.ts'
import { ENGINE_COUNTERS, type EngineCounters } from '../compiling/index.ts'
import type { Tell } from '../events/index.ts'
import type { ForkThread } from '../forking/index.ts'
import { IntakeRing } from '../intake/index.ts'
import type { NodeRole, RoleLinks } from '../NodeRole.ts'
import type { PeeringThread } from '../peering/index.ts'
import type { Publisher, PublisherLinks } from '../publishing/index.ts'
import type { RoleThread } from '../RoleThreads.ts'
import { LATENESS_BOUNDS_S } from '../SealWatch.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { type SpeculationSettings, SpeculatorThreads } from '../speculating/index.ts'
import type { SequencerSettings, SequencerThreadData } from './messages.ts'
import { SequencerClient } from './SequencerClient.ts'

export type SequencerRoleOptions = SequencerSettings & {
  evm: EvmTier
  /** Of a chain that was forked. */
  fork?: ForkThread | undefined
  /** Of a ThreadWatch: what the thread does is noted there. */
  watch?: SharedArrayBuffer | undefined
  /** Publishes the log; undefined: nobody does. */
  publisher?: Publisher | undefined
  /** Talks to peers about what is published; undefined: nobody does. */
  peering?: PeeringThread | undefined
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
  readonly thread: RoleThread
  readonly #options: SequencerRoleOptions
  readonly #lateness = new Histogram(
    LATENESS_BOUNDS_S,
    new SharedArrayBuffer(histogramBytes(LATENESS_BOUNDS_S)),
  )
  readonly #speculators: SpeculatorThreads
  #publisherLinks: PublisherLinks | undefined

  constructor(options: SequencerRoleOptions) {
    this.#options = options
    this.speculation = options.speculation
    this.#speculators = new SpeculatorThreads(options.speculation.speculators)
    this.thread = this.#newThread()
  }

  #newThread(): RoleThread {
    const { fork, watch, journal, miniBlockMs, mining, isDev, speculation, epoch } = this.#options
    const speculators = this.#speculators.ports
    const reader = fork?.newReader()
    const data: SequencerThreadData = {
      ...{ journal, miniBlockMs, mining, isDev, speculation, speculators, watch, epoch },
      written: this.#options.publisher?.written.memory,
      ...{ fork: reader, intake: this.intake.memory },
      lateness: this.#lateness.memory as SharedArrayBuffer,
    }
    const transferList: MessagePort[] = reader === undefined ? speculators : [reader, ...speculators]
    return { file: 'sequencing/sequencerWorker', data, transferList, makesHeaders: true }
  }

  connect(links: RoleLinks): SequencerClient {
    const { isDev, mining, autoImpersonate = false, terminal } = this.#options
    const dev = isDev ? { mining, autoImpersonate, terminal } : undefined
    const client = new SequencerClient(links, { intake: this.intake, lateness: this.#lateness, dev })
    this.#publisherLinks = {
      submitOne: (raw) => client.submissions.submitOne(raw),
      fail: (error) => links.threads.fail(error),
    }
    return client
  }

  async startHelpers(tell: Tell): Promise<void> {
    this.#speculators.start(this.#options.evm, tell)
    if (this.#publisherLinks === undefined || this.feed === undefined) return
    await this.feed.start(this.#publisherLinks, tell)
    await this.peering?.start(hexToBytes(this.feed.signer), tell)
  }

  get peering(): PeeringThread | undefined {
    return this.#options.peering
  }

  get feed(): Publisher | undefined {
    return this.#options.publisher
  }

  *helpers(): Generator<readonly [string, Worker]> {
    if (this.feed?.worker !== undefined) yield ['publisher', this.feed.worker]
    if (this.peering?.worker !== undefined) yield ['peering', this.peering.worker]
    for (const [index, worker] of this.#speculators.workers.entries()) yield [`speculator-${index}`, worker]
  }

  closeHelpers(): Promise<unknown> {
    return Promise.all([this.#speculators.close(), this.peering?.close(), this.feed?.close()])
  }
}
