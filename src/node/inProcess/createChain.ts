import { accountsOf, localChainGenesis } from '../localChain.ts'
import { miningOf } from '../miningOf.ts'
import { type ChainOptions, checkOptions } from './chainOptions.ts'
import { InProcessChain } from './InProcessChain.ts'
import { InProcessNode } from './InProcessNode.ts'

const DEFAULT_MEMORY_MIB = 384
const DEFAULT_HISTORY_MIB = 64

/**
 * Makes a chain in this process, on this thread: no socket, no file, no thread, nothing that lasts. It does not keep the
 * process alive.
 *
 * @throws ChainOptionError; RangeError for a memory that the engine can't have; GenesisError.
 */
export async function createChain(options: ChainOptions = {}): Promise<InProcessChain> {
  checkOptions(options)
  const { memoryMiB = DEFAULT_MEMORY_MIB, historyMiB = DEFAULT_HISTORY_MIB } = options
  const accounts = accountsOf(options)
  const node = new InProcessNode({
    accounts,
    genesis: options.genesis ?? localChainGenesis({ timestamp: 0n, ...options }),
    ...{
      miniBlockMs: options.miniBlockMs ?? 10,
      mining: miningOf({ ...options, mining: options.mining ?? 'auto' }, { local: true }),
    },
    ...{ memoryMiB, historyBytes: historyMiB * 2 ** 20, evm: options.evm ?? 'interpreter' },
    ...{ isLocal: options.genesis === undefined, terminal: options.terminal },
  })
  return new InProcessChain(node, accounts)
}
