import { bytesToHex, parseQuantity, quantity } from '../../lib/index.ts'
import { DEVELOPER_BALANCE_WEI, encodeHeader } from '../../protocol/index.ts'
import { configJson } from '../genesisJson.ts'
import { accountsOf, type LocalChainOptions } from '../localChain.ts'
import { ForkError } from './ForkError.ts'
import { type ForkPoint, findForkPoint } from './forkPoint.ts'
import { openRemote } from './openRemote.ts'

/** What is asked for with `--fork-url`. */
export type ForkOptions = {
  url: string
  /** Default: the remote's newest. */
  blockNumber?: bigint
}

/**
 * The genesis of a chain that goes on after a block of another one: see {@link forkGenesisText}.
 *
 * @throws ForkError when the remote can't be forked.
 */
export async function forkGenesis(
  { url, blockNumber }: ForkOptions,
  local: LocalChainOptions,
): Promise<string> {
  const rpc = openRemote(url)
  try {
    const point = await findForkPoint(rpc, blockNumber)
    const { number } = point.header
    const nonces = await Promise.all(
      accountsOf(local).map(({ address }) =>
        rpc.call('eth_getTransactionCount', [address, quantity(number)]),
      ),
    )
    return forkGenesisText(
      point,
      local,
      nonces.map((nonce) => parseQuantity(String(nonce))),
    )
  } catch (error) {
    throw ForkError.of(error, rpc.name)
  }
}

/**
 * As text of a geth-style file: the block's number, time, gas limit and base fee, the developers' accounts with 10,000 ether
 * (without code), and in `forkedFrom` the block's header. Its rules are Osaka's.
 *
 * @param local - the developers' accounts; the chain's id if it isn't to be the remote's, and the gas limit of blocks likewise.
 * @param nonces - of these accounts at the block.
 */
export function forkGenesisText(
  { header, chainId: remoteId }: ForkPoint,
  local: LocalChainOptions,
  nonces: readonly bigint[],
): string {
  const { chainId = remoteId, balanceWei = DEVELOPER_BALANCE_WEI, gasLimit = header.gasLimit } = local
  const alloc = Object.fromEntries(
    accountsOf(local).map(({ address }, i) => [
      address.toLowerCase(),
      { balance: quantity(balanceWei), nonce: quantity(nonces[i]!) },
    ]),
  )
  const genesis = {
    config: configJson(chainId, 'Osaka'),
    number: quantity(header.number),
    timestamp: quantity(header.timestamp),
    gasLimit: quantity(gasLimit),
    gasUsed: quantity(header.gasUsed),
    baseFeePerGas: quantity(header.baseFeePerGas ?? 0n),
    excessBlobGas: quantity(header.excessBlobGas ?? 0n),
    blobGasUsed: quantity(header.blobGasUsed ?? 0n),
    difficulty: '0x0',
    forkedFrom: { header: bytesToHex(encodeHeader(header)) },
    alloc,
  }
  return `${JSON.stringify(genesis, undefined, 2)}\n`
}
