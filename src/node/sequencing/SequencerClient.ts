import type { Worker } from 'node:worker_threads'
import type { Engine } from '../../execution/index.ts'
import { type Histogram, hexToBytes } from '../../lib/index.ts'
import type { DeveloperAccount, MiningMode } from '../../protocol/index.ts'
import type { NodeStatus } from '../../rpc/index.ts'
import { rulesNow } from '../chain.ts'
import { CommandClient, KeyRing, NodeDev, Terminal } from '../dev/index.ts'
import { stateOfFiles } from '../dumping/index.ts'
import { decodeTransactions, type IntakeRing, PoolView, Submissions } from '../intake/index.ts'
import { accountsOf } from '../localChain.ts'
import type { RoleLinks, WriterClient } from '../NodeRole.ts'
import type { SequencerToMain } from '../writerMessages.ts'
import type { MainToSequencer } from './messages.ts'

/** With which the developer's part is started. */
type DevSettings = {
  mining: MiningMode
  autoImpersonate: boolean
  terminal: ((line: string) => void) | undefined
}

/** The main thread's side of the sequencer: gives it transactions and commands, and takes the answers. */
export class SequencerClient implements WriterClient {
  readonly pool: PoolView = new PoolView()
  readonly submissions: Submissions
  readonly dev: NodeDev | undefined
  readonly accounts: readonly DeveloperAccount[]
  readonly lateness: Histogram
  readonly status: NodeStatus = { role: 'sequencer', following: undefined }
  readonly #commands: CommandClient

  constructor(
    links: RoleLinks,
    { intake, lateness, dev }: { intake: IntakeRing; lateness: Histogram; dev: DevSettings | undefined },
  ) {
    const { chain, threads, view, tiers, receive } = links
    this.lateness = lateness
    this.#commands = new CommandClient((id, command) => {
      threads.writer.postMessage({ kind: 'command', id, command } satisfies MainToSequencer)
      threads.signal.wake()
    })
    this.submissions = new Submissions({
      ...{ ring: intake, signal: threads.signal, answers: threads.answers, receive, pool: this.pool },
      rules: () => rulesNow(chain),
    })
    this.submissions.onQueued = ({ hash }) => view.announceQueued(hash)
    const known = accountsOf(links.folder.local ?? {})
    this.accounts = known.filter((account) => hasEther(tiers.engine, account))
    this.dev = dev && this.#newDev(links, dev, links.folder.local === undefined ? this.accounts : known)
  }

  /** @param accounts - whose keys it has: of a chain whose genesis was given, those that have ether there. */
  #newDev(
    { threads, view, folder }: RoleLinks,
    { mining, autoImpersonate, terminal: write }: DevSettings,
    accounts: readonly DeveloperAccount[],
  ): NodeDev {
    const isFork = threads.fork !== undefined
    const keys = new KeyRing(accounts)
    keys.impersonateAll(autoImpersonate)
    // The code of a fork may be anything.
    const terminal = write && new Terminal(view, { write, isNew: folder.isNew && !isFork })
    // What a fork has not met yet is in no file.
    return new NodeDev(this.#commands, {
      ...{ mining, accounts: keys, view, terminal },
      ...(isFork ? { folder: undefined, state: undefined } : { folder, state: stateOfFiles(folder) }),
    })
  }

  take(message: SequencerToMain): void {
    if (message.kind === 'step') {
      this.submissions.settle(message)
      this.#commands.settle(message.commanded)
    } else if (message.kind === 'passed') this.submissions.reclaim()
    else if (message.kind === 'ready')
      for (const transaction of decodeTransactions(message.pool)) this.pool.add(transaction)
  }

  allowWorkers(onError: (error: Error) => void): void {
    this.submissions.allowWorkers(onError)
  }

  *workers(): Generator<readonly [string, Worker]> {
    for (const [index, worker] of this.submissions.workers.entries()) yield [`recovery-${index}`, worker]
  }

  close(): Promise<void> {
    return this.submissions.close()
  }
}

function hasEther(engine: Engine, { address }: { address: string }): boolean {
  return (engine.getAccount(hexToBytes(address))?.balance ?? 0n) > 0n
}
