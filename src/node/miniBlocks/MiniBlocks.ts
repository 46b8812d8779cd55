import { LogPrunedError, MiniBlockIndex } from '../../feed/index.ts'
import {
  type AccountFields,
  MiniBlockPrunedError,
  type MiniBlockView,
  type OpenMiniBlock,
  type ViewMiniBlock,
} from '../../rpc/index.ts'
import type { MiniBlockBuilder } from './MiniBlockBuilder.ts'
import { type HashOf, readMiniBlocks } from './readMiniBlocks.ts'

/** Mini-blocks in memory, and bytes of their diffs. Their transactions are those of the newest EVM blocks. */
const RECENT_LIMIT = 256
const RECENT_BYTES = 16 * 1024 * 1024

export type MiniBlocksOptions = {
  /** Of what comes next; it says what is open. */
  builder: MiniBlockBuilder
  /** Undefined: there is no log to read, and only the newest are kept. */
  logFolder: string | undefined
  /** Of a sealed EVM block. */
  hashOf: HashOf
  fieldsNow: (address: Uint8Array) => AccountFields
}

/** The newest mini-blocks from memory, older ones from the log. */
export class MiniBlocks implements MiniBlockView {
  readonly fieldsNow: (address: Uint8Array) => AccountFields
  readonly #builder: MiniBlockBuilder
  readonly #hashOf: HashOf
  /** Of the log. */
  readonly #index: MiniBlockIndex | undefined
  readonly #logFolder: string | undefined
  /** Oldest first, without gaps, up to the newest. */
  readonly #recent: ViewMiniBlock[] = []
  /** Those of them that are in the chain's blocks: they begin one behind another. */
  readonly #placed: ViewMiniBlock[] = []
  #recentBytes = 0
  /** The one that was open at the start. */
  readonly #first: bigint

  constructor({ builder, logFolder, hashOf, fieldsNow }: MiniBlocksOptions) {
    this.#hashOf = hashOf
    this.#builder = builder
    this.#first = builder.open.number
    this.fieldsNow = fieldsNow
    this.#logFolder = logFolder
    this.#index = logFolder === undefined ? undefined : new MiniBlockIndex(logFolder)
  }

  get newest(): bigint {
    return this.#builder.open.number - 1n
  }

  get open(): OpenMiniBlock {
    return this.#builder.open
  }

  /** The newest was sealed. */
  add(miniBlock: ViewMiniBlock): void {
    // The header of the block before the start may stand in it, which is not told: the log has it whole.
    if (miniBlock.number === this.#first && this.#first > 1n) return
    this.#recent.push(miniBlock)
    if (miniBlock.rewindTo !== undefined) this.#rewindTo(miniBlock.rewindTo)
    else this.#placed.push(miniBlock)
    this.#recentBytes += diffBytes(miniBlock)
    while (this.#recent.length > RECENT_LIMIT || this.#recentBytes > RECENT_BYTES) this.#forgetOldest()
  }

  #rewindTo(blockNumber: bigint): void {
    while (this.#placed.length > 0 && this.#placed.at(-1)!.blockNumber > blockNumber) this.#placed.pop()
  }

  #forgetOldest(): void {
    const oldest = this.#recent.shift()!
    this.#recentBytes -= diffBytes(oldest)
    if (this.#placed[0] === oldest) this.#placed.shift()
  }

  numberOf(blockNumber: bigint, index: number): bigint | undefined {
    const { open } = this
    if (open.block?.number === blockNumber && index >= open.firstTransactionIndex) return open.number
    let low = 0
    let high = this.#placed.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBehind(this.#placed[middle]!, blockNumber, index)) high = middle
      else low = middle + 1
    }
    return this.#placed[low - 1]?.number
  }

  async *read(from: bigint): AsyncGenerator<ViewMiniBlock, void> {
    let next = from
    while (next <= this.newest) {
      const recent = this.#recentAt(next)
      if (recent === undefined) {
        for await (const miniBlock of this.#readLog(next)) {
          yield miniBlock
          next = miniBlock.number + 1n
          if (this.#recentAt(next) !== undefined) break
        }
      } else {
        yield recent
        next++
      }
    }
  }

  #recentAt(number: bigint): ViewMiniBlock | undefined {
    const oldest = this.#recent[0]
    return oldest === undefined || number < oldest.number
      ? undefined
      : this.#recent[Number(number - oldest.number)]
  }

  /** From `from` to the newest; the log may have more by then. */
  async *#readLog(from: bigint): AsyncGenerator<ViewMiniBlock, void> {
    try {
      const position = await this.#index?.positionBefore(from)
      if (position === undefined) throw await this.#pruned()
      for await (const miniBlock of readMiniBlocks(this.#logFolder!, position, this.#hashOf)) {
        if (miniBlock.number > this.newest) return
        if (miniBlock.number >= from) yield miniBlock
      }
    } catch (error) {
      throw error instanceof LogPrunedError ? await this.#pruned() : error
    }
  }

  async #pruned(): Promise<MiniBlockPrunedError> {
    return new MiniBlockPrunedError(
      (await this.#index?.oldest()) ?? this.#recent[0]?.number ?? this.newest + 1n,
    )
  }
}

/** Whether a mini-block begins behind a transaction. */
function isBehind(miniBlock: ViewMiniBlock, blockNumber: bigint, index: number): boolean {
  if (miniBlock.blockNumber !== blockNumber) return miniBlock.blockNumber > blockNumber
  return miniBlock.firstTransactionIndex > index
}

function diffBytes({ chunks }: ViewMiniBlock): number {
  return chunks.reduce((sum, { diff }) => sum + diff.length, 0)
}
