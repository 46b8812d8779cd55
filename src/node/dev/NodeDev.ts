import type { AccountWrite, BlockWishes, MiningMode } from '../../protocol/index.ts'
import type { DevChain, MineBlocks, Rewinds } from '../../rpc/index.ts'
import type { CommandClient } from './CommandClient.ts'

/** The developer's control of the chain, by commands to the sequencer. */
export class NodeDev implements DevChain {
  readonly rewinds: Rewinds
  readonly #commands: CommandClient
  #mining: MiningMode
  #timestampInterval: bigint | undefined

  /** @param mining - with which the chain was started. */
  constructor(commands: CommandClient, mining: MiningMode, rewinds: Rewinds) {
    this.#commands = commands
    this.#mining = mining
    this.rewinds = rewinds
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

  mine({ count, timestamp, stepS = 0n, stepsFirst = true }: MineBlocks): Promise<bigint> {
    const at = timestamp === undefined ? {} : { timestamp }
    return this.#commands.send({ kind: 'mine', count, stepS, stepsFirst, ...at })
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

  setTime(time: bigint): Promise<bigint> {
    return this.#commands.send({ kind: 'setTime', time })
  }
}
