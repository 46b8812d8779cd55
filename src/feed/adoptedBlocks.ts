import { keccak256 } from '../kernels/index.ts'
import { assert, ByteReader, ByteWriter, equalBytes } from '../lib/index.ts'
import { ExecutedTransactions } from '../protocol/index.ts'
import type { Rewind } from './records.ts'

/** A block of another chain that is taken over as it is. */
export type AdoptedBlock = {
  /** As RLP. */
  header: Uint8Array
  transactions: ExecutedTransactions
}

/** As a rewind has them: per block bytes header · bytes transactions, in the form that ExecutedTransactions describes. */
export function encodeAdoptedBlocks(blocks: Iterable<AdoptedBlock>): Uint8Array {
  const writer = new ByteWriter()
  for (const { header, transactions } of blocks) {
    writer.sized(header)
    writer.sized(transactions.bytes())
  }
  return writer.written().slice()
}

/** Inverse of {@link encodeAdoptedBlocks}; byte strings are views. */
export function adoptedBlocks({ adopted }: Pick<Rewind, 'adopted'>): AdoptedBlock[] {
  const reader = new ByteReader(adopted)
  const blocks: AdoptedBlock[] = []
  while (reader.left > 0) {
    const header = reader.sized()
    const transactions = ExecutedTransactions.readAll(reader.sized())
    assert(transactions !== undefined && !reader.isShort, 'the log holds blocks that this program wrote')
    blocks.push({ header, transactions })
  }
  return blocks
}

/** Number of the newest block once a rewind has followed. */
export function newestAfter({
  blockNumber,
  adoptedCount,
}: Pick<Rewind, 'blockNumber' | 'adoptedCount'>): bigint {
  return blockNumber + BigInt(adoptedCount)
}

/**
 * Whether the newest block after a rewind is another chain's, whose state may have had accounts that this one doesn't have:
 * its header does not say what the state is. Such a block has no mini-blocks, as only the genesis block has none otherwise.
 */
export function endsOnAdopted(
  { miniBlockCount, header }: Pick<Rewind, 'miniBlockCount' | 'header'>,
  genesisHash: Uint8Array,
): boolean {
  return miniBlockCount === 0 && !equalBytes(keccak256(header), genesisHash)
}
