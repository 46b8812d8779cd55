import {
  type LogPosition,
  type LogRecord,
  recordOf,
  type SealHeader,
  streamFrames,
} from '../../feed/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { EMPTY_TRIE_ROOT, ExecutedTransactions } from '../../protocol/index.ts'
import type { ViewMiniBlock } from '../../rpc/index.ts'
import { headerOf, type KeptBlock, sealViewBlock, viewOfOpenBlock, viewOfSealedBlock } from '../viewBlocks.ts'
import { MiniBlockBuilder } from './MiniBlockBuilder.ts'

/**
 * The mini-blocks of a log from the beginning of an EVM block on, as far as it is written, in the form in which they
 * were told when they were new. Holds the blocks that it is in; the header of one that was opened before is left out.
 *
 * @param hashOf - of a block that has been sealed since.
 * @throws What streamFrames throws.
 */
export async function* readMiniBlocks(
  folder: string,
  from: LogPosition,
  hashOf: HashOf,
): AsyncGenerator<ViewMiniBlock, void> {
  const follower = new MiniBlockFollower(hashOf)
  for await (const frame of streamFrames(folder, from)) {
    const miniBlock = follower.follow(recordOf(folder, frame))
    if (miniBlock !== undefined) yield miniBlock
  }
}

/** Of the EVM block that a mini-block is in, where that is known. */
export type HashOf = (blockNumber: bigint, miniBlockNumber: bigint) => Uint8Array | undefined

type Unsealed = { view: KeptBlock; miniBlockCount: number }

/** Makes mini-blocks of records. */
class MiniBlockFollower {
  readonly #builder = new MiniBlockBuilder(0n)
  /** Oldest first: at most one closed and one open block. */
  readonly #unsealed: Unsealed[] = []
  readonly #hashOf: HashOf

  constructor(hashOf: HashOf) {
    this.#hashOf = hashOf
  }

  /** Takes the next record; gives the mini-block that it seals. */
  follow(record: LogRecord): ViewMiniBlock | undefined {
    switch (record.kind) {
      case 'openBlock': {
        const view = viewOfOpenBlock(record, UNKNOWN_PARENT)
        // Opened again.
        if (this.#unsealed.at(-1)?.view.number === record.number) this.#unsealed.pop()
        this.#unsealed.push({ view, miniBlockCount: 0 })
        this.#builder.openBlock(view)
        return undefined
      }
      case 'chunk':
        this.#builder.chunk(record)
        this.#unsealed.at(-1)!.view.transactions.append(record.transactions)
        return undefined
      case 'sealMiniBlock': {
        const block = this.#unsealed.at(-1)!
        block.miniBlockCount = record.indexInBlock + 1
        block.view.hash ??= this.#hashOf(record.blockNumber, record.number)
        return this.#builder.seal(record, block.view)
      }
      case 'closeBlock':
        this.#builder.closeBlock()
        return undefined
      case 'sealHeader':
        this.#sealHeader(record)
        return undefined
      case 'rewind': {
        this.#unsealed.length = 0
        const { header } = record
        const block = viewOfSealedBlock(headerOf(header), keccak256(header), new ExecutedTransactions())
        return this.#builder.rewind(record, block)
      }
    }
  }

  #sealHeader({ number, header }: SealHeader): void {
    if (this.#unsealed[0]?.view.number !== number) return
    const { view, miniBlockCount } = this.#unsealed.shift()!
    sealViewBlock(view, headerOf(header), keccak256(header))
    this.#builder.head({ block: view, miniBlockCount })
  }
}

/** Nothing of it shows in a mini-block, and the header settles it. */
const UNKNOWN_PARENT = { hash: undefined, stateRoot: EMPTY_TRIE_ROOT }
