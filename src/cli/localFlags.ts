import type { LocalChainOptions } from '../node/index.ts'
import type { Flag } from './Flag.ts'
import { takeInteger, takeWord } from './takeValue.ts'

/** As of protocol's DEVELOPER_ACCOUNT_LIMIT and forks, whose room loads too much for `--help`. */
const ACCOUNTS = { min: 1, max: 1000 }
const FORKS = { cancun: 'Cancun', prague: 'Prague', osaka: 'Osaka', latest: 'Osaka' } as const
const MAX_ETHER = 1_000_000_000_000
const WEI_PER_ETHER = 10n ** 18n
const BLOCK_SECONDS = { min: 0.001, max: 3600 }
const ANY = { min: 0, max: Number.MAX_SAFE_INTEGER }

/** What a new local chain begins with, and when its blocks come: named as anvil names it where that has the same. */
export const LOCAL_FLAGS: readonly Flag<{ local: LocalChainOptions }>[] = [
  {
    name: 'accounts',
    short: 'a',
    value: 'N',
    help: 'developer accounts of a new local chain (default 10, at most 1000)',
    take: (options, text) => takeInteger(text, ACCOUNTS, (accounts) => set(options.local, { accounts })),
  },
  {
    name: 'balance',
    value: 'ETHER',
    help: 'what each of them has (default 10000)',
    take: (options, text) =>
      takeInteger(text, { min: 0, max: MAX_ETHER }, (ether) =>
        set(options.local, { balanceWei: BigInt(ether) * WEI_PER_ETHER }),
      ),
  },
  {
    name: 'mnemonic',
    short: 'm',
    value: 'WORDS',
    help: 'from which they derive; kept in the data folder (default: test test … junk)',
    take: (options, text) => set(options.local, { mnemonic: text.trim().replaceAll(/\s+/g, ' ') }),
  },
  {
    name: 'timestamp',
    value: 'SECONDS',
    help: "time of a new local chain's genesis block, seconds since 1970 (default: now)",
    take: (options, text) =>
      takeInteger(text, ANY, (seconds) => set(options.local, { timestamp: BigInt(seconds) })),
  },
  {
    name: 'gas-limit',
    value: 'N',
    help: "of a new local chain's blocks (default 10000000000)",
    take: (options, text) =>
      takeInteger(text, { min: 21_000, max: Number.MAX_SAFE_INTEGER }, (gas) =>
        set(options.local, { gasLimit: BigInt(gas) }),
      ),
  },
  {
    name: 'base-fee',
    value: 'WEI',
    help: "of a new local chain's genesis block (default 1000000000)",
    take: (options, text) =>
      takeInteger(text, ANY, (wei) => set(options.local, { baseFeePerGas: BigInt(wei) })),
  },
  {
    name: 'hardfork',
    value: 'NAME',
    help: 'of a new local chain: cancun, prague, osaka or latest (default latest)',
    take: (options, text) =>
      takeWord(text.toLowerCase(), Object.keys(FORKS) as (keyof typeof FORKS)[], (name) =>
        set(options.local, { fork: FORKS[name] }),
      ),
  },
  {
    name: 'block-time',
    short: 'b',
    value: 'SECONDS',
    help: 'as --block-ms, in seconds, also parts of them',
    take: (options, text) => {
      const seconds = Number(text)
      if (!/^\d+(?:\.\d+)?$/.test(text) || seconds < BLOCK_SECONDS.min || seconds > BLOCK_SECONDS.max)
        return `expected seconds from ${BLOCK_SECONDS.min} to ${BLOCK_SECONDS.max}.`
      Object.assign(options, { blockMs: Math.round(seconds * 1000), mining: 'interval' })
      return undefined
    },
  },
  {
    name: 'no-mining',
    help: 'blocks come on demand only (evm_mine)',
    take: (options) => void Object.assign(options, { mining: 'manual' }),
  },
  {
    name: 'auto-impersonate',
    help: "eth_sendTransaction takes anybody's transactions",
    take: (options) => void Object.assign(options, { autoImpersonate: true }),
  },
  {
    name: 'dev',
    help: "developers' methods also on a chain with a genesis of its own",
    take: (options) => void Object.assign(options, { dev: true }),
  },
]

function set(local: LocalChainOptions, fields: LocalChainOptions): undefined {
  Object.assign(local, fields)
}
