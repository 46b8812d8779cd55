import type { Flag, Options } from './options.ts'

/** What a replica is told; of no use elsewhere. */
export type ReplicaFlags = {
  /** URLs of sources, in the order in which they are asked. */
  from: string[]
  /** Address, 20 bytes as hex. */
  sequencer: string | undefined
  /** Execute everything again. */
  verify: boolean
  /** Give up what came after the newest snapshot. */
  rollback: boolean
}

export function defaultReplicaFlags(): ReplicaFlags {
  return { from: [], sequencer: undefined, verify: false, rollback: false }
}

/** As node/outlets/openSource has it. */
const SOURCE = /^(?:(?:tcp|tls):\/\/[^\s/]+:\d{1,5}\/?|nats:\/\/\S+|\/\S+)$/

export const REPLICA_FLAGS: readonly Flag[] = [
  {
    name: 'from',
    value: 'LIST',
    help: 'of a replica: addresses of nodes that pass the chain on: tcp://host:port, tls://host:port, a multiaddress of a peer, or nats://host:port/name; with commas between or each behind its own --from',
    take: ({ replica }, text) => {
      const urls = text.split(',').map((url) => url.trim())
      const wrong = urls.find((url) => !SOURCE.test(url))
      if (wrong !== undefined) return `${wrong} is no address like tcp://host:port.`
      replica.from.push(...urls)
      return undefined
    },
  },
  {
    name: 'sequencer',
    value: 'ADDRESS',
    help: 'of a replica: address of the sequencer, which signs the chain (default: what the first source says, kept in the folder)',
    take: ({ replica }, text) => {
      if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return 'expected an address, 0x and 40 hex digits.'
      replica.sequencer = text.toLowerCase()
      return undefined
    },
  },
  {
    name: 'verify',
    help: 'of a replica: be a full node, which executes everything again and stops where the sequencer lies; with --dev what developers write is taken as it is',
    take: ({ replica }) => void Object.assign(replica, { verify: true }),
  },
  {
    name: 'rollback',
    help: 'of a replica: give up what came after the newest snapshot here, once, and follow again from there; for a chain whose sequencer has signed what was wrong, and has put that right',
    take: ({ replica }) => void Object.assign(replica, { rollback: true }),
  },
]

/** By name of an option that only who makes a chain has a use for: what it says. */
const OF_A_SEQUENCER: Record<string, (options: Options) => unknown> = {
  'chain-id': ({ chainId }) => chainId,
  'fork-url': ({ forkUrl }) => forkUrl,
  'fork-block-number': ({ forkBlockNumber }) => forkBlockNumber,
  'mini-block-ms': ({ miniBlockMs }) => miniBlockMs,
  'block-ms': ({ blockMs }) => blockMs,
  'no-mining': ({ mining }) => mining,
  accounts: ({ local }) => local.accounts,
  balance: ({ local }) => local.balanceWei,
  mnemonic: ({ local }) => local.mnemonic,
  timestamp: ({ local }) => local.timestamp,
  'gas-limit': ({ local }) => local.gasLimit,
  'base-fee': ({ local }) => local.baseFeePerGas,
  hardfork: ({ local }) => local.fork,
  'auto-impersonate': ({ autoImpersonate }) => autoImpersonate,
  // A full node is told by it what to take as it is.
  dev: ({ dev, replica }) => (replica.verify ? undefined : dev),
  state: ({ state }) => state,
  'load-state': ({ loadState }) => loadState,
  'dump-state': ({ dumpState }) => dumpState,
  'state-interval': ({ stateIntervalS }) => stateIntervalS,
  threads: ({ threads }) => threads,
}

/**
 * What is wrong with the options of a node, as far as that depends on whether it is a replica.
 *
 * @param defaults - options that nobody was asked for.
 */
export function replicaProblem(options: Options, defaults: Options, isReplica: boolean): string | undefined {
  const { from, sequencer, verify, rollback } = options.replica
  if (!isReplica) {
    const given = [
      ...(from.length > 0 ? ['--from'] : []),
      ...(sequencer === undefined ? [] : ['--sequencer']),
      ...(verify ? ['--verify'] : []),
      ...(rollback ? ['--rollback'] : []),
    ][0]
    return given && `${given} is of use for a replica only: npm start -- replica --from URL`
  }
  if (from.length === 0)
    return 'A replica needs the address of a node to follow: replica --from tcp://host:port'
  for (const [name, said] of Object.entries(OF_A_SEQUENCER))
    if (said(options) !== said(defaults))
      return `--${name} is of no use for a replica: it follows a chain as that is.`
  return undefined
}
