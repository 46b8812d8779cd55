import type { BlockReader } from './BlockReader.ts'
import { type BlockTables, EMPTY_BLOOM } from './BlockTables.ts'
import type { Edges } from './Edges.ts'
import { HistoryCorruptError } from './errors.ts'
import type { PartWriter } from './PartWriter.ts'
import type { RecentBlock, RecentBlocks } from './RecentBlocks.ts'
import { PART_TRANSACTIONS } from './SealedBlockRecord.ts'
import type { TermSource } from './TermIndex.ts'
import { hashTerms, logTerms } from './TransactionTerms.ts'

/** Where committed blocks are read that are to be indexed. */
export type IndexedBlocks = {
  folder: string
  edges: Edges
  reader: BlockReader
  tables: BlockTables
  unindexed: RecentBlocks
  writer: PartWriter
}

/** Chooses of the terms of `count` transactions those that an index is of. */
type ChooseTerms = (terms: Uint32Array, count: number) => Uint32Array

/** Hashes of transactions. */
export function hashSource(blocks: IndexedBlocks): TermSource {
  return committedSource(blocks, (number) => transactionTermsOf(blocks, number, hashTerms))
}

/** Addresses and topics of logs. */
export function logSource(blocks: IndexedBlocks): TermSource {
  return committedSource(blocks, (number) =>
    blocks.reader.bloom(number) === EMPTY_BLOOM ? [] : transactionTermsOf(blocks, number, logTerms),
  )
}

/** Only what is committed is indexed. */
function committedSource({ edges }: IndexedBlocks, termsOf: TermSource['termsOf']): TermSource {
  return {
    get firstNumber() {
      return edges.committed === undefined ? undefined : edges.first
    },
    get headNumber() {
      return edges.committed
    },
    termsOf,
  }
}

function* transactionTermsOf(
  { folder, tables, unindexed, writer }: IndexedBlocks,
  number: bigint,
  choose: ChooseTerms,
): Generator<Uint32Array, void> {
  const recent = unindexed.byNumber(number)
  if (recent !== undefined) {
    yield* chosen(recent, choose)
    return
  }
  const head = tables.head(number)
  if (head === undefined) throw new HistoryCorruptError(folder, number)
  for (const { transactions } of tables.partsOf(head))
    yield choose(writer.termsOf(transactions), transactions.length)
}

function* chosen({ block, terms }: RecentBlock, choose: ChooseTerms): Generator<Uint32Array, void> {
  const { length } = block.transactions
  for (const [part, ofPart] of terms.entries())
    yield choose(ofPart, Math.min(length - part * PART_TRANSACTIONS, PART_TRANSACTIONS))
}
