import type { AccountWrite } from '../../protocol/index.ts'
import type { DevChain } from '../../rpc/index.ts'
import type { CommandClient } from './CommandClient.ts'

/** The developer's control of the chain, by commands to the sequencer. */
export class NodeDev implements DevChain {
  readonly #commands: CommandClient

  constructor(commands: CommandClient) {
    this.#commands = commands
  }

  writeState(writes: readonly AccountWrite[]): Promise<void> {
    return this.#commands.send({ kind: 'writeState', writes })
  }
}
