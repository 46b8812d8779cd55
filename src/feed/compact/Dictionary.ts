import { AddressTable } from './AddressTable.ts'
import { FixedTable } from './FixedTable.ts'
import { MAX_DIFF_ADDRESSES, MAX_DIFF_SLOTS, MAX_WORDS } from './limits.ts'
import type { Pattern } from './Pattern.ts'
import type { ReceiptKind } from './ReceiptKind.ts'
import type { CallKind, FeeKind } from './templates.ts'

/**
 * What bodies have told since the dictionary began: a function of those bodies alone, so that who has no state can follow
 * it. Everything has a number, in the order in which it came.
 */
export class Dictionary {
  // Told by transactions and receipts.
  readonly addresses: AddressTable = new AddressTable()
  readonly words: FixedTable = new FixedTable('words', { itemBytes: 32, limit: MAX_WORDS })
  readonly fees: FeeKind[] = []
  readonly calls: CallKind[] = []
  readonly receipts: ReceiptKind[] = []
  // Told by diffs.
  readonly patterns: Map<number, Pattern> = new Map()
  readonly diffAddresses: FixedTable = new FixedTable('addresses of diffs', {
    itemBytes: 20,
    limit: MAX_DIFF_ADDRESSES,
  })
  /** Contract 20 · key 32. */
  readonly diffSlots: FixedTable = new FixedTable('slots', { itemBytes: 52, limit: MAX_DIFF_SLOTS })
  // Told by other records.
  /** Payloads of the newest openBlock and sealMiniBlock; undefined: there was none. */
  openBlock: Uint8Array | undefined
  seal: Uint8Array | undefined
  /** Number of the newest openBlock's coinbase among the addresses; -1: none. */
  coinbase = -1
  /** Index in the block of the next transaction. */
  transactionIndex = 0
  /** Gas of the block so far, and when the newest mini-block was sealed. */
  cumulativeGas = 0
  gasAtSeal = 0
  /** Transactions of the mini-block so far. */
  miniBlockTransactions = 0
}
