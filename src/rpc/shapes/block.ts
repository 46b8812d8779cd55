import { EMPTY_OMMERS_HASH } from '../../protocol/index.ts'
import { hexData, hexQuantity } from '../format.ts'
import type { ViewBlock } from '../ViewBlock.ts'
import { transactionJson } from './transaction.ts'

export type BlockJson = Record<string, unknown>

const NO_NONCE = '0x0000000000000000'
const OMMERS_HASH = hexData(EMPTY_OMMERS_HASH)

/** A block's header (go-ethereum, RPCMarshalHeader). `hash` is null until the block is sealed. */
export function headerJson(block: ViewBlock): BlockJson {
  const { header } = block
  const json: BlockJson = {
    number: hexQuantity(block.number),
    hash: block.hash === undefined ? null : hexData(block.hash),
    parentHash: hexData(block.parentHash),
    nonce: header === undefined ? NO_NONCE : hexData(header.nonce),
    mixHash: hexData(block.prevRandao),
    sha3Uncles: OMMERS_HASH,
    logsBloom: hexData(block.logsBloom),
    stateRoot: hexData(block.stateRoot),
    miner: hexData(block.coinbase),
    difficulty: hexQuantity(header?.difficulty ?? 0n),
    extraData: hexData(block.extraData),
    gasLimit: hexQuantity(block.gasLimit),
    gasUsed: hexQuantity(block.gasUsed),
    timestamp: hexQuantity(block.timestamp),
    transactionsRoot: hexData(block.transactionsRoot),
    receiptsRoot: hexData(block.receiptsRoot),
  }
  // A sealed header without it is from before London.
  if (header === undefined || header.baseFeePerGas !== undefined)
    json.baseFeePerGas = hexQuantity(block.baseFeePerGas)
  if (block.withdrawalsRoot !== undefined) json.withdrawalsRoot = hexData(block.withdrawalsRoot)
  if (block.blobGasUsed !== undefined) json.blobGasUsed = hexQuantity(block.blobGasUsed)
  if (block.excessBlobGas !== undefined) json.excessBlobGas = hexQuantity(block.excessBlobGas)
  if (block.parentBeaconBlockRoot !== undefined) {
    json.parentBeaconBlockRoot = hexData(block.parentBeaconBlockRoot)
  }
  if (block.requestsHash !== undefined) json.requestsHash = hexData(block.requestsHash)
  return json
}

/** A block with its transactions, as hashes or in full (go-ethereum, RPCMarshalBlock). */
export function blockJson(block: ViewBlock, fullTransactions: boolean): BlockJson {
  const json = headerJson(block)
  json.size = hexQuantity(block.size)
  json.transactions = fullTransactions
    ? Array.from(block.transactions, (_, index) => transactionJson(block, index))
    : Array.from(block.transactions, ({ hash }) => hexData(hash))
  json.uncles = []
  if (block.withdrawalsRoot !== undefined) json.withdrawals = []
  return json
}
