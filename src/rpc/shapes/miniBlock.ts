import type { ChainView } from '../ChainView.ts'
import { hexData, hexQuantity } from '../format.ts'
import type { ViewMiniBlock } from '../MiniBlockView.ts'
import { totalsOf } from './executed.ts'
import { receiptJson } from './receipt.ts'
import { chunkChangesJson } from './stateChanges.ts'
import { transactionJson } from './transaction.ts'

/**
 * A mini-block as MegaETH's realtime API gives it (docs.megaeth.com, eth_subscribe miniBlocks), with the members of
 * its older version (`payload_id`, `timestamp`, offsets) and our digests beside. See docs/rpc.md.
 *
 * @param options.stateChanges - whether what it changed is there too, as `state_changes`.
 */
export function miniBlockJson(
  miniBlock: ViewMiniBlock,
  view: Pick<ChainView, 'promiseOf' | 'config'>,
  options: { stateChanges: boolean } = { stateChanges: false },
): Record<string, unknown> {
  const { block, firstTransactionIndex, transactionCount } = miniBlock
  const before = firstTransactionIndex > 0 ? totalsOf(block, firstTransactionIndex - 1) : undefined
  const transactions: unknown[] = []
  const receipts: unknown[] = []
  for (let i = firstTransactionIndex; i < firstTransactionIndex + transactionCount; i++) {
    transactions.push(transactionJson(block, i))
    receipts.push(receiptJson(block, i, view))
  }
  const timestamp = hexQuantity(miniBlock.timestampUs)
  return {
    payload_id: hexData(miniBlock.digest.subarray(0, 8)),
    mini_block_number: hexQuantity(miniBlock.number),
    mini_block_timestamp: timestamp,
    block_number: hexQuantity(miniBlock.blockNumber),
    block_timestamp: hexQuantity(block.timestamp),
    index: hexQuantity(miniBlock.indexInBlock),
    tx_offset: hexQuantity(firstTransactionIndex),
    log_offset: hexQuantity(before?.logsAfter ?? 0),
    gas_offset: hexQuantity(before?.gasAfter ?? 0n),
    timestamp,
    gas_used: hexQuantity(miniBlock.gasUsed),
    digest: hexData(miniBlock.digest),
    parent_digest: hexData(miniBlock.parentDigest),
    ...(miniBlock.rewindTo === undefined ? {} : { rewind_to: hexQuantity(miniBlock.rewindTo) }),
    transactions,
    receipts,
    ...(options.stateChanges ? { state_changes: chunkChangesJson(miniBlock.chunks) } : {}),
  }
}
