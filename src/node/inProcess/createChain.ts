import { openFork } from '../forking/index.ts'
import { accountsOf, localChainGenesis } from '../localChain.ts'
import { miningOf } from '../miningOf.ts'
import { type ChainOptions, checkOptions } from './chainOptions.ts'
import { forkCacheFolder } from './forkOptions.ts'
import { InProcessChain } from './InProcessChain.ts'
import { InProcessNode, type InProcessSettings } from './InProcessNode.ts'

const DEFAULT_MEMORY_MIB = 384
const DEFAULT_HISTORY_MIB = 64
const DEFAULT_FORK_TIMEOUT_MS = 20_000

/**
 * Makes a chain in this process, on this thread: no socket, no file, no thread, nothing that lasts; but one that is forked has
 * a thread that asks the remote, and may keep what it hears. It does not keep the process alive.
 *
 * @throws ChainOptionError; RangeError for a memory that the engine can't have; GenesisError; ForkError,
 * ForkFolderError.
 */
export async function createChain(options: ChainOptions = {}): Promise<InProcessChain> {
  checkOptions(options)
  const beginning = await beginningOf(options)
  try {
    const { memoryMiB = DEFAULT_MEMORY_MIB, historyMiB = DEFAULT_HISTORY_MIB } = options
    const accounts = accountsOf(options)
    const node = new InProcessNode({
      ...{ ...beginning, accounts },
      miniBlockMs: options.miniBlockMs ?? 10,
      mining: miningOf({ ...options, mining: options.mining ?? 'auto' }, { local: true }),
      ...{ memoryMiB, historyBytes: historyMiB * 2 ** 20, evm: options.evm ?? 'interpreter' },
      terminal: options.terminal,
    })
    return new InProcessChain(node, accounts)
  } catch (error) {
    await beginning.fork?.close()
    throw error
  }
}

async function beginningOf(
  options: ChainOptions,
): Promise<Pick<InProcessSettings, 'genesis' | 'isLocal' | 'fork'>> {
  const { genesis, forkUrl, forkBlockNumber, forkTimeoutMs = DEFAULT_FORK_TIMEOUT_MS } = options
  if (forkUrl === undefined) {
    const local = { timestamp: 0n, ...options }
    return { genesis: genesis ?? localChainGenesis(local), isLocal: genesis === undefined, fork: undefined }
  }
  const cache = forkCacheFolder({ ...options, forkUrl })
  const block = forkBlockNumber === undefined ? {} : { blockNumber: forkBlockNumber }
  const forked = await openFork({ url: forkUrl, ...block, cache, limitMs: forkTimeoutMs }, options)
  return { genesis: forked.genesis, isLocal: false, fork: forked.thread }
}
