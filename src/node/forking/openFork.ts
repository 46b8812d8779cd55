import { hexToBytes } from '../../lib/index.ts'
import { accountsOf, type LocalChainOptions } from '../localChain.ts'
import { clearDamaged } from './clearDamaged.ts'
import { ForkError } from './ForkError.ts'
import { ForkFolders } from './ForkFolders.ts'
import { ForkThread } from './ForkThread.ts'
import { type ForkOptions, forkGenesisText } from './forkGenesis.ts'
import { type ForkPoint, findForkPoint } from './forkPoint.ts'
import { openRemote } from './openRemote.ts'
import { RemoteDownError } from './RemoteRpc.ts'

/** What a chain without a data folder is made from: the text of a genesis, and the state on which it stands. */
export type OpenedFork = { genesis: string; thread: ForkThread }

/**
 * Forks the chain of a remote, and brings what every block needs.
 *
 * @param fork - `cache`: path of ForkFolders; undefined: what is read is kept in memory. `limitMs`: of ForkThread.
 * @param local - see {@link forkGenesisText}.
 * @throws ForkError, ForkFolderError; then nothing is left behind.
 */
export async function openFork(
  { cache, limitMs, ...fork }: ForkOptions & { cache: string | undefined; limitMs: number },
  local: LocalChainOptions,
): Promise<OpenedFork> {
  const folders = cache === undefined ? undefined : new ForkFolders(cache)
  const point = await forkPointOf(fork, folders)
  const developers = accountsOf(local)
  const { number: blockNumber } = point.header
  const folder = folders?.of(point)
  const damage = folder && clearDamaged(folder)
  if (damage) process.emitWarning(damage, 'ForkCacheWarning')
  const thread = new ForkThread({ folder, url: fork.url, blockNumber }, limitMs)
  try {
    await thread.bringBasics(developers)
    const nonces = developers.map(({ address }) => thread.state.account(hexToBytes(address))?.nonce ?? 0n)
    return { genesis: forkGenesisText(point, local, nonces), thread }
  } catch (error) {
    await thread.close()
    throw new ForkError(thread.name!, (error as Error).message)
  }
}

/** As the remote says; where it does not answer, as it said before. */
async function forkPointOf(
  { url, blockNumber }: ForkOptions,
  folders: ForkFolders | undefined,
): Promise<ForkPoint> {
  const rpc = openRemote(url)
  try {
    const point = await findForkPoint(rpc, blockNumber)
    folders?.note(url, point)
    return point
  } catch (error) {
    const isDown = error instanceof RemoteDownError && blockNumber !== undefined
    const noted = isDown ? folders?.read(url, blockNumber) : undefined
    if (noted !== undefined) return noted
    throw ForkError.of(error, rpc.name)
  }
}
