import { bytesToHex, equalBytes, parseQuantity, quantity, tryHexToBytes } from '../../lib/index.ts'
import { DEVELOPER_BALANCE_WEI, encodeHeader, type Header, headerHash } from '../../protocol/index.ts'
import type { Chain } from '../chain.ts'
import { configJson } from '../genesisJson.ts'
import { accountsOf, type LocalChainOptions } from '../localChain.ts'
import { RemoteDownError, RemoteError, RemoteRpc } from './RemoteRpc.ts'

/** What is asked for with `--fork-url`. */
export type ForkOptions = {
  url: string
  /** Default: the remote's newest. */
  blockNumber?: bigint
}

type RemoteBlock = Record<string, unknown>

/**
 * The genesis of a chain that goes on after a block of another one, as text of a geth-style file: the block's number, time,
 * gas limit and base fee, the developers' accounts with 10,000 ether (without code; their nonces are the remote's), and
 * in `forkedFrom` the block's header. Its rules are Osaka's.
 *
 * @param local - the developers' accounts; the chain's id if it isn't to be the remote's, and the gas limit of blocks likewise.
 * @throws ForkError when the remote can't be forked.
 */
export async function forkGenesis(
  { url, blockNumber }: ForkOptions,
  local: LocalChainOptions,
): Promise<string> {
  const rpc = openRemote(url)
  try {
    const tag = blockNumber === undefined ? 'latest' : quantity(blockNumber)
    const [block, id] = await Promise.all([
      rpc.call('eth_getBlockByNumber', [tag, false]),
      rpc.call('eth_chainId', []),
    ])
    if (block === null) throw new ForkError(rpc.name, `it has no block ${tag}`)
    const header = readHeader(block as RemoteBlock, rpc.name)
    const nonces = await Promise.all(
      accountsOf(local).map(({ address }) =>
        rpc.call('eth_getTransactionCount', [address, quantity(header.number)]),
      ),
    )
    return genesisText(header, { chainId: parseQuantity(String(id)), ...local }, nonces.map(String))
  } catch (error) {
    if (error instanceof RemoteDownError || error instanceof RemoteError)
      throw new ForkError(rpc.name, error.message)
    throw error
  }
}

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
  if (!isFork) throw new ForkError(remote.name, `the folder ${path} holds a chain that was not forked`)
  if (blockNumber !== undefined && blockNumber !== number)
    throw new ForkError(remote.name, `the folder ${path} holds a chain that was forked from block ${number}`)
  try {
    const block = await remote.call('eth_getBlockByNumber', [quantity(number), false])
    if ((block as RemoteBlock | null)?.hash !== bytesToHex(hash))
      throw new ForkError(
        remote.name,
        `its block ${number} is not the one from which the chain in ${path} was forked`,
      )
  } catch (error) {
    if (!(error instanceof RemoteDownError || error instanceof RemoteError)) throw error
    remarks.push(`${error.message}: what was read of it before is there`)
  }
}

function openRemote(url: string): RemoteRpc {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new ForkError('--fork-url', 'it is not the URL of a JSON-RPC server over http or https')
  return new RemoteRpc(url)
}

function genesisText(
  header: Header,
  local: LocalChainOptions & { chainId: bigint },
  nonces: string[],
): string {
  const { chainId, balanceWei = DEVELOPER_BALANCE_WEI, gasLimit = header.gasLimit } = local
  const alloc = Object.fromEntries(
    accountsOf(local).map(({ address }, i) => [
      address.toLowerCase(),
      { balance: quantity(balanceWei), nonce: nonces[i] },
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

/** @throws ForkError where the block's hash is not that of its fields, as on chains with headers of their own. */
function readHeader(block: RemoteBlock, remote: string): Header {
  const bytes = (name: string): Uint8Array => {
    const value = tryHexToBytes(String(block[name]))
    if (value === undefined) throw new ForkError(remote, `its block has no ${name}`)
    return value
  }
  const optionalBytes = (name: string) => (block[name] == null ? undefined : bytes(name))
  const integer = (name: string): bigint => parseQuantity(String(block[name]))
  const optionalInteger = (name: string) => (block[name] == null ? undefined : integer(name))
  const header: Header = {
    parentHash: bytes('parentHash'),
    ommersHash: bytes('sha3Uncles'),
    coinbase: bytes('miner'),
    stateRoot: bytes('stateRoot'),
    transactionsRoot: bytes('transactionsRoot'),
    receiptsRoot: bytes('receiptsRoot'),
    logsBloom: bytes('logsBloom'),
    difficulty: integer('difficulty'),
    number: integer('number'),
    gasLimit: integer('gasLimit'),
    gasUsed: integer('gasUsed'),
    timestamp: integer('timestamp'),
    extraData: bytes('extraData'),
    prevRandao: bytes('mixHash'),
    nonce: bytes('nonce'),
    baseFeePerGas: optionalInteger('baseFeePerGas'),
    withdrawalsRoot: optionalBytes('withdrawalsRoot'),
    blobGasUsed: optionalInteger('blobGasUsed'),
    excessBlobGas: optionalInteger('excessBlobGas'),
    parentBeaconBlockRoot: optionalBytes('parentBeaconBlockRoot'),
    requestsHash: optionalBytes('requestsHash'),
  }
  if (!equalBytes(headerHash(header), bytes('hash')))
    throw new ForkError(remote, `the hash of its block ${header.number} is not that of an Ethereum header`)
  return header
}

/** A chain can't be forked. */
export class ForkError extends Error {
  override readonly name = 'ForkError'

  constructor(remote: string, reason: string) {
    super(
      `The chain can't be forked: ${reason}.\n  remote: ${remote}\n  next: check --fork-url, --fork-block-number and --data, or start anew with --fresh.`,
    )
  }
}
