import type { EvmTier } from '../../execution/index.ts'
import type { MiningMode } from '../../protocol/index.ts'
import { accountsOf, type LocalChainOptions, localChainGenesis } from '../localChain.ts'
import { miningOf } from '../miningOf.ts'
import { InProcessChain } from './InProcessChain.ts'
import { InProcessNode } from './InProcessNode.ts'

/** The local genesis begins at time 0 unless told otherwise, so that it is the same each time. */
export type ChainOptions = LocalChainOptions & {
  /** A geth-style genesis, as text, in place of the local one. */
  genesis?: string
  /** When EVM blocks come: with transactions (`auto`, default), on demand (`manual`), or regularly (`interval`). */
  mining?: MiningMode['kind']
  /** Time between two EVM blocks in the mode `interval`, ms. Default 1000. */
  blockMs?: number
  /** Shortest time between two mini-blocks, ms. Default 10. */
  miniBlockMs?: number
  /** Room for each of the two copies of the state, MiB; taken as it is used. Default 384. */
  memoryMiB?: number
  /** Room for blocks with transactions, receipts and the states before them, MiB, about; the oldest go. Default 64. */
  historyMiB?: number
  /** How bytecode is run; see NodeOptions. Default `interpreter`. */
  evm?: EvmTier
}

const DEFAULT_MEMORY_MIB = 384
const DEFAULT_HISTORY_MIB = 64

/**
 * Makes a chain in this process, on this thread: no socket, no file, no thread, nothing that lasts. It does not keep the
 * process alive.
 *
 * @throws GenesisError
 */
export async function createChain(options: ChainOptions = {}): Promise<InProcessChain> {
  const { memoryMiB = DEFAULT_MEMORY_MIB, historyMiB = DEFAULT_HISTORY_MIB } = options
  const accounts = accountsOf(options)
  const node = new InProcessNode({
    accounts,
    genesis: options.genesis ?? localChainGenesis({ timestamp: 0n, ...options }),
    ...{
      miniBlockMs: options.miniBlockMs ?? 10,
      mining: miningOf({ mining: 'auto', ...options }, { local: true }),
    },
    ...{ memoryMiB, historyBytes: historyMiB * 2 ** 20, evm: options.evm ?? 'interpreter' },
  })
  return new InProcessChain(node, accounts)
}
