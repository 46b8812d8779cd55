import { type DeveloperAccount, developerAccounts, type Fork } from '../protocol/index.ts'
import { localGenesisJson } from './genesisJson.ts'
import { nowSeconds } from './nowSeconds.ts'

/** What a new local chain begins with. */
export type LocalChainOptions = {
  /** Default 31337. */
  chainId?: bigint
  /** Of the genesis block, Unix seconds. Default: now. */
  timestamp?: bigint
  /** How many developer accounts. Default 10. */
  accounts?: number
  /** From which they derive; everybody who reads the data folder learns it. */
  mnemonic?: string
  /** Of each of them, wei. Default 10,000 ether. */
  balanceWei?: bigint
  /** Of a block. Default 10 billion. */
  gasLimit?: bigint
  /** Of the genesis block, wei. Default 1 gwei. */
  baseFeePerGas?: bigint
  /** Default: the newest. */
  fork?: Fork
}

/** As leveret.json keeps it: what was asked for, and when it began. */
export type LocalChainJson = Record<string, string | number>

/** What is asked for on top of what a chain began with; without a time it begins now. */
export function localChain(options: LocalChainOptions, kept: LocalChainJson = {}): LocalChainOptions {
  return { timestamp: nowSeconds(), ...fromJson(kept), ...options }
}

/** The genesis as a geth-style file. */
export function localChainGenesis(options: LocalChainOptions): string {
  const { accounts: _, mnemonic: __, ...genesis } = options
  return localGenesisJson({ ...genesis, accounts: accountsOf(options) })
}

export function accountsOf({ accounts, mnemonic }: LocalChainOptions): readonly DeveloperAccount[] {
  return developerAccounts({
    ...(accounts === undefined ? {} : { count: accounts }),
    ...(mnemonic === undefined ? {} : { mnemonic }),
  })
}

export function toJson(options: LocalChainOptions): LocalChainJson {
  const entries = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? String(value) : value,
  ])
  return Object.fromEntries(entries)
}

const AMOUNTS = ['chainId', 'timestamp', 'balanceWei', 'gasLimit', 'baseFeePerGas']

function fromJson(json: LocalChainJson): LocalChainOptions {
  const entries = Object.entries(json).map(([name, value]) => [
    name,
    AMOUNTS.includes(name) ? BigInt(value) : value,
  ])
  return Object.fromEntries(entries)
}
