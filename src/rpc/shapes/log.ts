import type { Log } from '../../protocol/index.ts'
import { type Hex, hexData, hexQuantity, ZERO_HASH } from '../format.ts'
import type { ViewBlock, ViewTransaction } from '../ViewBlock.ts'

/** Where a transaction is, as its receipt and its logs say it. */
export type Place = {
  blockHash: Hex
  blockNumber: Hex
  blockTimestamp: Hex
  transactionHash: Hex
  transactionIndex: Hex
}

export type LogJson = Place & { address: Hex; topics: Hex[]; data: Hex; logIndex: Hex; removed: boolean }

/** The place of a block's transaction; the block hash is zero while the block isn't sealed. */
export function placeOf(
  block: Pick<ViewBlock, 'number' | 'hash' | 'timestamp'>,
  transaction: ViewTransaction,
  index: number,
): Place {
  return {
    blockHash: block.hash === undefined ? ZERO_HASH : hexData(block.hash),
    blockNumber: hexQuantity(block.number),
    blockTimestamp: hexQuantity(block.timestamp),
    transactionHash: hexData(transaction.hash),
    transactionIndex: hexQuantity(index),
  }
}

/** @param logIndex - position among all logs of the block. */
export function logJson(log: Log, place: Place, logIndex: number): LogJson {
  return {
    address: hexData(log.address),
    topics: log.topics.map(hexData),
    data: hexData(log.data),
    blockNumber: place.blockNumber,
    transactionHash: place.transactionHash,
    transactionIndex: place.transactionIndex,
    blockHash: place.blockHash,
    blockTimestamp: place.blockTimestamp,
    logIndex: hexQuantity(logIndex),
    removed: false,
  }
}
