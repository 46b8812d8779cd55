import { type MemberNews, NetworkMember } from './NetworkMember.ts'
import { type NetworkOptions, type PlannedMember, planNetwork } from './planNetwork.ts'

export type LocalNetworkOptions = NetworkOptions & {
  /** Path of the program that runs a node. */
  program: string
  onNews: (news: MemberNews) => void
  /** Ends the network. */
  signal: AbortSignal
}

/** A network on one machine: each node a process with a folder of its own. */
export class LocalNetwork {
  readonly members: readonly PlannedMember[]
  /** Resolves once all its nodes have ended, because they were told to. */
  readonly ended: Promise<void>
  readonly #processes: NetworkMember[]

  private constructor(processes: NetworkMember[], signal: AbortSignal) {
    this.#processes = processes
    this.members = processes.map(({ plan }) => plan)
    this.ended = new Promise((resolve) => {
      signal.addEventListener('abort', () => void this.#stop().then(resolve), { once: true })
    })
  }

  /** Starts all nodes. @throws MemberNotStartedError, and the signal's reason; then none of them runs. */
  static async start(options: LocalNetworkOptions): Promise<LocalNetwork> {
    const plans = await planNetwork(options)
    options.signal.throwIfAborted()
    const network = new LocalNetwork(
      plans.map((plan) => new NetworkMember(plan, options)),
      options.signal,
    )
    try {
      await network.#start()
    } catch (error) {
      await network.#stop()
      throw error
    }
    return network
  }

  /** Each as soon as the one that it follows has started. */
  async #start(): Promise<void> {
    const started = new Map<string | undefined, Promise<void>>([[undefined, Promise.resolve()]])
    for (const member of this.#processes) {
      const { name, follows } = member.plan
      started.set(
        name,
        started.get(follows)!.then(() => member.start()),
      )
    }
    await Promise.all(started.values())
  }

  /** Ends them, the sequencer last, so that those who follow it have everything; those that don't run yet never start. */
  async #stop(): Promise<void> {
    for (const member of this.#processes.toReversed()) await member.stop()
  }
}
