import { bytesToHex, quantity } from '../../lib/index.ts'
import type { Chain } from '../chain.ts'
import { ForkError } from './ForkError.ts'
import type { ForkOptions } from './forkGenesis.ts'
import type { RemoteBlock } from './forkPoint.ts'
import { openRemote } from './openRemote.ts'
import { RemoteDownError, RemoteError } from './RemoteRpc.ts'

const NEXT = 'check --fork-url, --fork-block-number and --data, or start anew with --fresh'

/**
 * Checks that a chain that is there already was forked from the block that is asked for, and that the remote has it.
 *
 * @param options - `remarks` gets a sentence when the remote does not answer: then there is what was read of it before.
 * @throws ForkError when it is another.
 */
export async function checkFork(
  { url, blockNumber }: ForkOptions,
  { isFork, header, hash }: Pick<Chain, 'isFork' | 'header' | 'hash'>,
  { path, remarks }: { path: string; remarks: string[] },
): Promise<void> {
  const remote = openRemote(url)
  const { number } = header
  const refusal = (reason: string) => new ForkError(remote.name, reason, NEXT)
  if (!isFork) throw refusal(`the folder ${path} holds a chain that was not forked`)
  if (blockNumber !== undefined && blockNumber !== number)
    throw refusal(`the folder ${path} holds a chain that was forked from block ${number}`)
  try {
    const block = await remote.call('eth_getBlockByNumber', [quantity(number), false])
    if ((block as RemoteBlock | null)?.hash !== bytesToHex(hash))
      throw refusal(`its block ${number} is not the one from which the chain in ${path} was forked`)
  } catch (error) {
    if (!(error instanceof RemoteDownError || error instanceof RemoteError)) throw error
    remarks.push(`${error.message}: what was read of it before is there`)
  }
}
