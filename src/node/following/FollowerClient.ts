import type { FollowerStatus, SourceStatus } from '../../replica/index.ts'
import type { NodeStatus } from '../../rpc/index.ts'
import { rulesNow } from '../chain.ts'
import type { Tell } from '../events/index.ts'
import { PoolView } from '../intake/index.ts'
import type { RoleLinks, WriterClient } from '../NodeRole.ts'
import { tellOutlet } from '../outlets/index.ts'
import type { FollowerToMain } from '../writerMessages.ts'
import { ForwardingIntake } from './ForwardingIntake.ts'
import { followingStatus } from './followingStatus.ts'
import type { MainToFollower } from './messages.ts'

const SOURCE_EVENTS = {
  following: 'source_followed',
  waiting: 'source_left',
  setAside: 'source_set_aside',
} as const

export type FollowerClientOptions = {
  tell: Tell
  /** It is a full node's. */
  verifies: boolean
  /** Hears at which port the stream is served. */
  onRelay: (port: number) => void
}

/** The main thread's side of the thread that follows: gives it transactions to forward, and knows how far it is. */
export class FollowerClient implements WriterClient {
  /** What waits in the sequencer's pool is not known here. */
  readonly pool: PoolView = new PoolView()
  readonly submissions: ForwardingIntake
  readonly dev: undefined
  readonly accounts: readonly [] = []
  readonly lateness: undefined
  readonly #role: NodeStatus['role']
  readonly #onRelay: FollowerClientOptions['onRelay']
  readonly #view: RoleLinks['view']
  readonly #tell: Tell
  #lies = 0
  #followed: { status: FollowerStatus; bytesPerSecond: number; atMs: number } | undefined

  constructor({ chain, threads, view }: RoleLinks, { tell, verifies, onRelay }: FollowerClientOptions) {
    this.#onRelay = onRelay
    this.#role = verifies ? 'fullNode' : 'replica'
    this.#view = view
    this.#tell = tell
    this.submissions = new ForwardingIntake({
      ...{ view, rules: () => rulesNow(chain) },
      send: (id, raw) => threads.writer.postMessage({ kind: 'submit', id, raw } satisfies MainToFollower),
    })
  }

  get status(): NodeStatus {
    const shown = this.#view.miniBlocks.newest
    return {
      role: this.#role,
      following: this.#followed && followingStatus({ ...this.#followed, shown, lies: this.#lies }),
    }
  }

  take(message: FollowerToMain): void {
    if (message.kind === 'answers') this.submissions.answered(message.id, message.answers)
    else if (message.kind === 'status') this.#learn(message.status)
    else if (message.kind === 'source') this.#tellSource(message.source)
    else if (message.kind === 'relaying') this.#onRelay(message.port)
    else if (message.kind === 'refused') this.#tell('feed_refused', message)
    else if (message.kind === 'outlet') tellOutlet(this.#tell, message.news)
    else if (message.kind === 'evidence') this.#caught(message.path)
  }

  #caught(path: string): void {
    this.#lies++
    this.#tell('sequencer_lied', { path })
  }

  #learn(status: FollowerStatus): void {
    const atMs = performance.now()
    const before = this.#followed
    const bytes = status.bytes - (before?.status.bytes ?? status.bytes)
    const bytesPerSecond = before === undefined ? 0 : (1000 * bytes) / (atMs - before.atMs)
    this.#followed = { status, bytesPerSecond, atMs }
  }

  #tellSource({ name, state, code, reason }: SourceStatus): void {
    if (state === 'idle') return
    this.#tell(SOURCE_EVENTS[state], { source: name, ...(state === 'following' ? {} : { code, reason }) })
  }

  allowWorkers(): void {}

  *workers(): Generator<never> {}

  async close(): Promise<void> {
    this.submissions.close()
  }
}
