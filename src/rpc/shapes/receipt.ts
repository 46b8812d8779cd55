import {
  blobBaseFee,
  blobScheduleAt,
  createdAddress,
  effectiveGasPrice,
  GAS_PER_BLOB,
  type Transaction,
} from '../../protocol/index.ts'
import type { ChainView } from '../ChainView.ts'
import { type Hex, hexData, hexQuantity } from '../format.ts'
import type { TransactionPromise, ViewBlock } from '../ViewBlock.ts'
import { decodeExecuted, decodeOwnReceipt, totalsOf } from './executed.ts'
import { type LogJson, logJson, placeOf } from './log.ts'

export type ReceiptJson = {
  blockHash: Hex
  blockNumber: Hex
  transactionHash: Hex
  transactionIndex: Hex
  from: Hex
  to: Hex | null
  gasUsed: Hex
  cumulativeGasUsed: Hex
  contractAddress: Hex | null
  logs: LogJson[]
  logsBloom: Hex
  type: Hex
  effectiveGasPrice: Hex
  status?: Hex
  /** In place of the status, before Byzantium. */
  root?: Hex
  blobGasUsed?: Hex
  blobGasPrice?: Hex
  /** Leveret's own, like the next. */
  promise: TransactionPromise
  miniBlock?: Hex
}

/**
 * The receipt of the transaction at `index` of a block (go-ethereum, MarshalReceipt), with what is promised of it now.
 */
export function receiptJson(
  block: ViewBlock,
  index: number,
  view: Pick<ChainView, 'promiseOf' | 'config'>,
): ReceiptJson {
  const executed = block.transactions.at(index)!
  const transaction = decodeExecuted(executed.raw)
  const receipt = decodeOwnReceipt(executed.receipt)
  const totals = totalsOf(block, index)
  const place = placeOf(block, executed, index)
  const outcome =
    receipt.root === undefined ? { status: hexQuantity(receipt.status) } : { root: hexData(receipt.root) }
  const json: ReceiptJson = {
    blockHash: place.blockHash,
    blockNumber: place.blockNumber,
    transactionHash: place.transactionHash,
    transactionIndex: place.transactionIndex,
    from: hexData(executed.sender),
    to: transaction.to === undefined ? null : hexData(transaction.to),
    gasUsed: hexQuantity(totals.gasAfter - totals.gasBefore),
    cumulativeGasUsed: hexQuantity(totals.gasAfter),
    contractAddress: createdContract(transaction, executed.sender),
    logs: receipt.logs.map((log, i) => logJson(log, place, totals.logsBefore + i)),
    logsBloom: receipt.logs.length === 0 ? EMPTY_BLOOM : hexData(receipt.bloom),
    type: hexQuantity(transaction.type),
    effectiveGasPrice: hexQuantity(effectiveGasPrice(transaction, block.baseFeePerGas)),
    ...outcome,
    promise: view.promiseOf(block.number, index),
  }
  if (transaction.type === 3) {
    json.blobGasUsed = hexQuantity(GAS_PER_BLOB * BigInt(transaction.blobVersionedHashes.length))
    const schedule = blobScheduleAt(view.config, block.timestamp)
    json.blobGasPrice = hexQuantity(blobBaseFee(block.excessBlobGas ?? 0n, schedule))
  }
  return json
}

/** The receipt of one transaction, with its mini-block as long as that is remembered. */
export function transactionReceiptJson(
  { block, index }: { block: ViewBlock; index: number },
  view: Pick<ChainView, 'promiseOf' | 'config' | 'miniBlocks'>,
): ReceiptJson {
  const json = receiptJson(block, index, view)
  const miniBlock = view.miniBlocks.numberOf(block.number, index)
  if (miniBlock !== undefined) json.miniBlock = hexQuantity(miniBlock)
  return json
}

const EMPTY_BLOOM: Hex = `0x${'00'.repeat(256)}`

function createdContract({ to, nonce }: Transaction, sender: Uint8Array): Hex | null {
  return to === undefined ? hexData(createdAddress(sender, nonce)) : null
}
