import { randomBytes } from 'node:crypto'
import { type AccountWrite, authoritiesOf, type BlockWishes, type MiningMode } from '../../protocol/index.ts'
import type { DevChain, MineBlocks, SubmitOutcome } from '../../rpc/index.ts'
import { NodeDumps, type NodeDumpsOptions } from '../dumping/index.ts'
import { NodeRewinds } from '../rewinding/index.ts'
import type { CommandClient } from './CommandClient.ts'
import type { KeyRing } from './KeyRing.ts'
import type { Terminal } from './Terminal.ts'

export type NodeDevOptions = Pick<NodeDumpsOptions, 'state'> & {
  view: NodeDumpsOptions['view'] & { whenSealed(number: bigint): Promise<void> }
  /** Undefined: what it would hold is in memory, or nowhere. */
  folder: { snapshots: string; log: string } | undefined
  mining: MiningMode
  accounts: KeyRing
  terminal?: Terminal | undefined
}

/** The developer's control of the chain, by commands to the sequencer. */
export class NodeDev implements DevChain {
  readonly rewinds: NodeRewinds
  readonly dumps: NodeDumps
  readonly #commands: CommandClient
  readonly #view: NodeDevOptions['view']
  #mining: MiningMode
  #timestampInterval: bigint | undefined
  #lastTurn: Promise<unknown> = Promise.resolve()
  readonly accounts: KeyRing
  readonly terminal: Terminal | undefined
  readonly instanceId: Uint8Array = randomBytes(32)

  /** @param options.mining - with which the chain was started. */
  constructor(commands: CommandClient, { mining, accounts, view, folder, state, terminal }: NodeDevOptions) {
    this.#commands = commands
    this.#view = view
    this.#mining = mining
    this.accounts = accounts
    this.terminal = terminal
    this.rewinds = new NodeRewinds(commands, view.restorable, folder)
    const writeState = (writes: readonly AccountWrite[]) => this.writeState(writes)
    this.dumps = new NodeDumps({ view, rewinds: this.rewinds, writeState, state })
  }

  async writeState(writes: readonly AccountWrite[]): Promise<void> {
    await this.#commands.send({ kind: 'writeState', writes })
  }

  get mining(): MiningMode {
    return this.#mining
  }

  async setMining(mode: MiningMode): Promise<void> {
    await this.#commands.send({ kind: 'setMining', mode })
    this.#mining = mode
  }

  async mine({ count, timestamp, stepS = 0n, stepsFirst = true }: MineBlocks): Promise<bigint> {
    const at = timestamp === undefined ? {} : { timestamp }
    const last = await this.#commands.send({ kind: 'mine', count, stepS, stepsFirst, ...at })
    await this.#view.whenSealed(last)
    return last
  }

  get timestampInterval(): bigint | undefined {
    return this.#timestampInterval
  }

  async wish(wishes: BlockWishes): Promise<void> {
    const { timestampInterval } = wishes
    if (timestampInterval !== undefined) this.#timestampInterval = timestampInterval ?? undefined
    await this.#commands.send({ kind: 'wish', wishes })
  }

  increaseTime(seconds: bigint): Promise<bigint> {
    return this.#commands.send({ kind: 'increaseTime', seconds })
  }

  drop(which: { hash?: Uint8Array; sender?: Uint8Array }): Promise<bigint> {
    return this.#commands.send({ kind: 'drop', ...which })
  }

  submitAs(sender: Uint8Array, raw: Uint8Array): Promise<SubmitOutcome> {
    return this.#commands.submit({ raw, sender, authorities: authoritiesOf(raw) })
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work, work)
    this.#lastTurn = turn
    return turn
  }

  setTime(time: bigint): Promise<bigint> {
    return this.#commands.send({ kind: 'setTime', time })
  }
}
