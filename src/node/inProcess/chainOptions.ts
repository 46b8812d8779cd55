import type { EvmTier } from '../../execution/index.ts'
import { DEVELOPER_ACCOUNT_LIMIT, FORKS, type MiningMode } from '../../protocol/index.ts'
import type { LocalChainOptions } from '../localChain.ts'
import { checkOption } from './checkOption.ts'
import { type ChainForkOptions, checkForkOptions } from './forkOptions.ts'

/** The local genesis begins at time 0 unless told otherwise, so that it is the same each time. */
export type ChainOptions = LocalChainOptions &
  ChainForkOptions & {
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
    /** Hears, soon after, what contracts write with console.log, and why transactions and calls fail. */
    terminal?: (line: string) => void
  }

const MINING: readonly MiningMode['kind'][] = ['auto', 'manual', 'interval']
const TIERS: readonly EvmTier[] = ['interpreter', 'auto', 'compiled']
/** A chain of ours starts at Cancun or later. */
const CHAIN_FORKS: readonly string[] = FORKS.filter((fork) => fork !== 'Shanghai')

/** @throws ChainOptionError for the first that can't be. Those of the engine's memory are the engine's to refuse. */
export function checkOptions(options: ChainOptions): void {
  const { blockMs, miniBlockMs, historyMiB, accounts, mining, evm, fork } = options
  for (const [name, value] of Object.entries({ blockMs, miniBlockMs, historyMiB }))
    checkOption(name, value, Number.isFinite(value) && value! >= 1, 'a number from 1 on')
  const isCount = Number.isInteger(accounts) && accounts! >= 0 && accounts! <= DEVELOPER_ACCOUNT_LIMIT
  checkOption('accounts', accounts, isCount, `a whole number up to ${DEVELOPER_ACCOUNT_LIMIT}`)
  for (const [name, value, known] of [
    ['mining', mining, MINING],
    ['evm', evm, TIERS],
    ['fork', fork, CHAIN_FORKS],
  ] as const)
    checkOption(name, value, (known as readonly unknown[]).includes(value), `one of ${known.join(', ')}`)
  checkForkOptions(options)
}
