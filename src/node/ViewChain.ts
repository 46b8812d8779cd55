import { adoptedBlocks, type OpenBlock, type Rewind, type SealHeader } from '../feed/index.ts'
import {
  type BlockHistory,
  bloomMayMatch,
  type ReverseDiff,
  type SealedBlockRecord,
} from '../history/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { assert, equalBytes } from '../lib/index.ts'
import { ExecutedTransactions, type SealedPlace } from '../protocol/index.ts'
import type { BlockId, LogQuery, ViewBlock, ViewBlockPart } from '../rpc/index.ts'
import { BlockCache } from './BlockCache.ts'
import type { AnsweringState } from './bridging/index.ts'
import type { Chain } from './chain.ts'
import { headerOf, type KeptBlock, sealViewBlock, viewOfOpenBlock, viewOfSealedBlock } from './viewBlocks.ts'

/** A block whose header isn't known yet. */
export type UnsealedBlock = {
  view: KeptBlock
  open: OpenBlock
  miniBlockCount: number
  /** Transactions whose logs are in the view's bloom. */
  bloomCount: number
  isClosed: boolean
  /** Undefined when history has the block already. */
  undo: ReverseDiff | undefined
  /** Number of its diffs for the engine's undo. */
  group: number
}

export type ViewChainOptions = {
  chain: Chain
  history: BlockHistory
  /** The newest sealed block; `branch`: see SealedPlace. */
  start: { blockNumber: bigint; header: Uint8Array; branch?: bigint }
  /** Of a chain that was forked: the remote's blocks before. */
  before?: Pick<AnsweringState, 'blockHash'> | undefined
}

/** The blocks that the view has followed: unsealed ones in memory, sealed ones in history, on the branch of the newest. */
export class ViewChain {
  readonly genesis: ViewBlock
  /** Oldest first: at most one closed and one open block, see Sequencer. */
  readonly unsealed: UnsealedBlock[] = []
  readonly #history: BlockHistory
  readonly #before: ViewChainOptions['before']
  readonly #cache = new BlockCache()
  #newestSealed: ViewBlock
  #branch: bigint
  /** Blocks opened since the start. */
  #openings = 0

  constructor({ chain, history, start, before }: ViewChainOptions) {
    this.#history = history
    this.#before = before
    this.genesis = viewOfSealedBlock(chain.header, chain.hash, new ExecutedTransactions())
    this.#newestSealed = this.#viewOfKnown(start)
    this.#branch = start.branch ?? 0n
  }

  // Following

  /** A block is opened, or again as long as it has no transactions. */
  open(open: OpenBlock): KeptBlock {
    const again = this.unsealed.at(-1)?.view.number === open.number ? this.unsealed.pop() : undefined
    const view = viewOfOpenBlock(open, this.newest)
    this.unsealed.push({
      view,
      open,
      miniBlockCount: again?.miniBlockCount ?? 0,
      bloomCount: 0,
      isClosed: false,
      undo: again === undefined ? this.#newUndo(open.number) : again.undo,
      group: again?.group ?? ++this.#openings % 2 ** 32,
    })
    return view
  }

  /** The block inside of which a record stands. */
  current(): UnsealedBlock {
    const block = this.unsealed.at(-1)
    assert(block !== undefined, 'a record stands inside an open block')
    return block
  }

  /** The oldest unsealed block has its header; it goes to history. */
  seal({ number, header }: SealHeader): UnsealedBlock {
    const block = this.unsealed.shift()
    assert(block?.open.number === number, 'headers come in order')
    const { view, miniBlockCount, undo } = block
    const hash = keccak256(header)
    sealViewBlock(view, headerOf(header), hash)
    // Before a rewind that history has followed already, it has other blocks.
    if (this.#branch === this.#history.branch)
      this.#history.append({ number, hash, header, miniBlockCount, transactions: view.transactions }, undo)
    this.#cache.set(view)
    this.#newestSealed = view
    for (const child of this.unsealed) {
      child.view.parentHash = hash
      child.view.stateRoot = view.stateRoot
    }
    return block
  }

  /** @param newest - what {@link newestOf} gave before. */
  rewind(rewind: Rewind, newest: ViewBlock): void {
    // Blocks above the chain's head: none of its own is one of their ancestors.
    const isGap = rewind.blockNumber > this.sealedNumber
    const kept = isGap ? -1n : rewind.blockNumber
    this.#rewindHistory(rewind, kept)
    this.unsealed.length = 0
    this.#cache.removeAfter(kept)
    this.#branch = rewind.number
    this.#newestSealed = newest
  }

  /** The block that is the newest after a rewind. */
  newestOf(rewind: Rewind): ViewBlock {
    const { blockNumber, header } = rewind
    const adopted = adoptedBlocks(rewind).at(-1)
    return adopted === undefined
      ? this.#viewOfKnown({ blockNumber, header })
      : viewOfSealedBlock(headerOf(header), keccak256(header), adopted.transactions)
  }

  /** @param kept - number of the last block that stays; -1: none. */
  #rewindHistory(rewind: Rewind, kept: bigint): void {
    const { number } = rewind
    const history = this.#history
    // History has followed later ones already.
    if (number < history.branch) return
    if (number > history.branch) history.rewindTo(kept, number)
    for (const { header, transactions } of adoptedBlocks(rewind))
      history.append({
        ...{ number: headerOf(header).number, hash: keccak256(header), header, transactions },
        miniBlockCount: 0,
      })
  }

  /** None for a block that history has already. */
  #newUndo(blockNumber: bigint): ReverseDiff | undefined {
    return this.#hasHistory(blockNumber) ? undefined : this.#history.newReverseDiff()
  }

  /** Whether history has, or had, the block that has this number now. */
  #hasHistory(number: bigint): boolean {
    return this.#branch < this.#history.branch || number <= (this.#history.headNumber ?? -1n)
  }

  /** A sealed block; without its transactions where history doesn't have it. */
  #viewOfKnown({ blockNumber, header }: { blockNumber: bigint; header: Uint8Array }): ViewBlock {
    const hash = keccak256(header)
    const known = this.#history.blockByNumber(blockNumber)
    return known !== undefined && equalBytes(known.hash, hash)
      ? viewOfRecord(known)
      : viewOfSealedBlock(headerOf(header), hash, new ExecutedTransactions())
  }

  // Reading

  /** Number of the newest block that shows. */
  get headNumber(): bigint {
    for (let i = this.unsealed.length - 1; i >= 0; i--) {
      const { view } = this.unsealed[i]!
      if (view.transactions.length > 0) return view.number
    }
    return this.#newestSealed.number
  }

  get firstNumber(): bigint {
    return this.#history.firstNumber ?? this.genesis.number
  }

  /** Also one that is open and empty. */
  get newest(): ViewBlock {
    return this.unsealed.at(-1)?.view ?? this.#newestSealed
  }

  get sealedNumber(): bigint {
    return this.#newestSealed.number
  }

  get sealedPlace(): SealedPlace {
    return { branch: this.#branch, blockNumber: this.sealedNumber }
  }

  get branch(): bigint {
    return this.#branch
  }

  /** History has followed as far as this has. */
  get isAtHead(): boolean {
    const { branch, headNumber } = this.#history
    return branch === this.#branch && (headNumber ?? this.sealedNumber) === this.sealedNumber
  }

  byId(id: BlockId): ViewBlock | undefined {
    if ('number' in id) return this.byNumber(id.number)
    if (equalBytes(id.hash, this.genesis.hash!)) return this.genesis
    const number = this.#history.numberByHash(id.hash)
    return number === undefined ? undefined : this.byNumber(number)
  }

  byNumber(number: bigint): ViewBlock | undefined {
    const unsealed = this.unsealed.find(({ view }) => view.number === number)
    // An open block without transactions doesn't exist yet for readers.
    if (unsealed !== undefined) return number <= this.headNumber ? viewOf(unsealed) : undefined
    // History may begin later.
    if (number === this.genesis.number) return this.genesis
    const cached = this.#cache.get(number)
    if (cached !== undefined) return cached
    const record = this.#history.blockByNumber(number)
    if (record === undefined) return undefined
    const view = viewOfRecord(record)
    this.#cache.set(view)
    return view
  }

  /** Up to the head, oldest first. */
  *after(number: bigint): Generator<ViewBlock, void> {
    for (let next = number + 1n; next <= this.headNumber; next++) {
      const block = this.byNumber(next)
      if (block !== undefined) yield block
    }
  }

  /** Undefined of a block that isn't sealed. */
  hashOf(number: bigint): Uint8Array | undefined {
    if (number + 1n === this.genesis.number) return this.genesis.parentHash
    if (number < this.genesis.number) return this.#before?.blockHash(number)
    return number > this.sealedNumber ? undefined : this.byNumber(number)?.hash
  }

  transaction(hash: Uint8Array): { block: ViewBlock; index: number } | undefined {
    for (const unsealed of this.unsealed) {
      const index = unsealed.view.transactions.indexOf(hash)
      // The block's bloom may lag: a transaction has its own.
      if (index >= 0) return { block: unsealed.view, index }
    }
    const location = this.#history.transactionLocation(hash)
    if (location === undefined) return undefined
    const block = this.byNumber(location.blockNumber)
    return block === undefined ? undefined : { block, index: location.index }
  }

  *findLogs(query: LogQuery, from: bigint, to: bigint): Generator<ViewBlockPart | undefined, void> {
    // Blocks may be sealed between two steps.
    for (let next = from; next <= to; ) {
      const last = to < this.sealedNumber ? to : this.sealedNumber
      if (next <= last) {
        yield* this.#history.findLogs(query, next, last)
        next = last + 1n
        continue
      }
      const unsealed = this.unsealed.find(({ view }) => view.number === next)
      if (unsealed === undefined) return
      const view = viewOf(unsealed)
      yield bloomMayMatch(view.logsBloom, query) ? { ...view, firstIndex: 0, logsBefore: 0 } : undefined
      next++
    }
  }
}

/** For a reader: its bloom has all logs so far. Most blocks are sealed, with a header that has it, before anybody reads. */
function viewOf(block: UnsealedBlock): ViewBlock {
  const { view } = block
  view.transactions.mergeBlooms(view.logsBloom, block.bloomCount)
  block.bloomCount = view.transactions.length
  return view
}

function viewOfRecord(record: SealedBlockRecord): KeptBlock {
  return viewOfSealedBlock(headerOf(record.header), record.hash, record.transactions)
}
