import { LogWriter } from '../../feed/index.ts'
import { bytesToHex, equalBytes } from '../../lib/index.ts'
import { type Chain, loadChain } from '../chain.ts'
import { type FolderPaths, finishFollowedFolder, prepareFollowedFolder } from '../dataFolder.ts'
import type { GenesisSource, Progress } from '../genesisSource.ts'
import { readGenesis, writeGenesisSnapshot } from '../importGenesis.ts'
import { openSource, sourceName } from '../outlets/index.ts'
import { fetchSnapshot } from './fetchSnapshot.ts'

/** With which a replica is started. */
export type ReplicaOptions = {
  /** Addresses of nodes that pass the chain on, in the order in which they are asked; see openSource. */
  from: readonly string[]
  /** Address of the sequencer, 20 bytes; default: the one that the first source names, kept in the folder. */
  sequencer?: Uint8Array | undefined
  /** A full node: executes everything again, and stops where the sequencer has signed what execution does not give. */
  verify?: boolean | undefined
  /** Give up what came after the newest snapshot here, and follow again from there. */
  rollback?: boolean | undefined
  /** Fetch a newer snapshot, in the place of what is here: the way on after a BehindError. */
  renew?: boolean | undefined
}

export type BootstrapOptions = ReplicaOptions & {
  path: string
  /** With its accounts: then the chain is followed from its first block on. */
  genesis: GenesisSource | undefined
  onProgress?: Progress | undefined
}

/** What a folder was made of. */
export type Bootstrapped = { source: string; block: bigint; sequencer: string }

/**
 * Makes the data folder of a replica: the chain's genesis and a snapshot of its state from the first source that has both,
 * checked against the sequencer's signature. A broken-off one begins anew.
 *
 * @throws BootstrapError when none of the sources gives a chain that is right; DataFolderError.
 */
export async function bootstrap(options: BootstrapOptions): Promise<Bootstrapped> {
  const failures: string[] = []
  for (const url of options.from) {
    const paths = prepareFollowedFolder(options.path)
    try {
      return await bootstrapFrom(url, paths, options)
    } catch (error) {
      failures.push(`${sourceName(url)}: ${(error as Error).message.split('\n  next: ', 1)[0]}`)
    }
  }
  throw new BootstrapError(options.path, failures)
}

async function bootstrapFrom(
  url: string,
  paths: FolderPaths,
  { sequencer, genesis, onProgress }: BootstrapOptions,
): Promise<Bootstrapped> {
  const feed = await openSource(url)
  try {
    const { signer, genesisHash } = await feed.hello()
    if (sequencer !== undefined && !equalBytes(sequencer, signer))
      throw new Error(
        `its sequencer is ${bytesToHex(signer)}, wanted is ${bytesToHex(sequencer)} (WRONG_SIGNER)`,
      )
    const text = new TextDecoder().decode(await feed.genesis())
    const chain = loadChain(text)
    if (!equalBytes(chain.hash, genesisHash))
      throw new Error('its genesis is not that of its chain (WRONG_GENESIS)')
    if (chain.isFork) throw new Error("a forked chain can't be followed")
    const head =
      genesis === undefined
        ? await fetchSnapshot(feed, { chain, signer, folder: paths.snapshots, onProgress })
        : writeFirstState(genesis, chain, { folder: paths.snapshots, onProgress })
    const { recordNumber: firstRecord } = head.log
    LogWriter.open(paths.log, { genesisHash, firstRecord }).close()
    finishFollowedFolder(paths.path, { genesis: text, chain, signer })
    return { source: sourceName(url), block: head.blockNumber, sequencer: bytesToHex(signer) }
  } finally {
    feed.close()
  }
}

/** The state of a genesis that is at hand. */
function writeFirstState(
  source: GenesisSource,
  chain: Chain,
  { folder, onProgress }: { folder: string; onProgress: Progress | undefined },
): { blockNumber: bigint; log: { recordNumber: bigint } } {
  const read = readGenesis(source, onProgress)
  if (!equalBytes(read.chain.hash, chain.hash)) {
    const hashes = `${bytesToHex(chain.hash)}, the one given is ${bytesToHex(read.chain.hash)}`
    throw new Error(`its genesis is ${hashes} (WRONG_GENESIS)`)
  }
  writeGenesisSnapshot(read, { folder, onProgress })
  return { blockNumber: chain.header.number, log: { recordNumber: 0n } }
}

/** No source gives a chain that can be followed; nothing is left of what was fetched. */
export class BootstrapError extends Error {
  override readonly name = 'BootstrapError'
  readonly recovery = 'retry'

  constructor(folder: string, failures: readonly string[]) {
    super(
      [
        'No source gives a chain that can be followed.',
        `  folder: ${folder}`,
        ...failures.map((failure) => `  ${failure}`),
        '  next: check the addresses after --from, and whether a node publishes its chain there (--feed-port, --p2p-port, --nats).',
      ].join('\n'),
    )
  }
}
