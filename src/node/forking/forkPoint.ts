import { equalBytes, parseQuantity, quantity, tryHexToBytes } from '../../lib/index.ts'
import { type Header, headerHash } from '../../protocol/index.ts'
import { ForkError } from './ForkError.ts'
import type { RemoteRpc } from './RemoteRpc.ts'

/** Where a chain leaves another: the block, and the id of the other chain. */
export type ForkPoint = { header: Header; chainId: bigint }

export type RemoteBlock = Record<string, unknown>

/**
 * Asks a remote for a block of its chain.
 *
 * @param blockNumber - default: the newest.
 * @throws ForkError when it has no such block; RemoteDownError and RemoteError.
 */
export async function findForkPoint(rpc: RemoteRpc, blockNumber?: bigint): Promise<ForkPoint> {
  const tag = blockNumber === undefined ? 'latest' : quantity(blockNumber)
  const [block, id] = await Promise.all([
    rpc.call('eth_getBlockByNumber', [tag, false]),
    rpc.call('eth_chainId', []),
  ])
  if (block === null) throw new ForkError(rpc.name, `it has no block ${tag}`)
  return { header: readHeader(block as RemoteBlock, rpc.name), chainId: parseQuantity(String(id)) }
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
