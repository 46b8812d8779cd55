import { MAX_RECEIPT_WORDS } from './limits.ts'
import type { ReceiptKind } from './ReceiptKind.ts'
import type { FeeKind } from './templates.ts'
import { WordList } from './WordList.ts'

/** Index in the list of words of a transaction's value. */
export const VALUE_INDEX = 2

/** What is known of a transaction once it and its receipt are coded, for the prediction of the diff. Used again and again. */
export class TransactionFacts {
  /** Numbers of addresses; `to` is -1 where there is none. */
  sender = 0
  to = -1
  nonce = 0
  gasUsed = 0
  fees: FeeKind | undefined
  receipt: ReceiptKind | undefined
  readonly list: WordList = new WordList()
  /** Per item of the receipt's kind: index in the list; -1: it has no room there. */
  readonly indexes: Int32Array = new Int32Array(MAX_RECEIPT_WORDS)
}

/** Number at an index of the list; -1: the word isn't listed. */
export function idAt(ids: Int32Array, index: number): number {
  return index < 0 ? -1 : ids[index]!
}
