import type { Options } from './options.ts'

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
