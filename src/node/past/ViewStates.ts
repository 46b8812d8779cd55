import type { Engine, StateBase } from '../../execution/index.ts'
import type { AccountBefore, BlockHistory, ReverseDiff, StateBefore } from '../../history/index.ts'
import type { CallOutcome, CallRequest, StateReader, ViewBlock } from '../../rpc/index.ts'
import { type BlockSchedule, environmentOf } from '../../sequencer/index.ts'
import { openBlockOf } from '../viewBlocks.ts'
import { type PastBlock, PastEngines } from './PastEngines.ts'
import { PastState, StateGoneError, type StateSource } from './PastState.ts'
import { splitWritten, type WrittenDiff, withDiffs } from './WrittenDiffs.ts'

/** What the states need of the view's blocks. */
export type ViewedBlocks = {
  readonly schedule: BlockSchedule
  headNumber(): bigint
  /** Number of the newest block, also of one that is open and empty. */
  newestNumber(): bigint
  blockByNumber(number: bigint): ViewBlock | undefined
  /** What a developer has written into a block; see WrittenDiffs. */
  writtenInto(blockNumber: bigint): readonly WrittenDiff[]
  /** Oldest first; `undo` undefined: history has it. */
  readonly unsealed: readonly { view: ViewBlock; undo: ReverseDiff | undefined }[]
}

/** The states that the view keeps: the newest, and those after its blocks, to be read and executed on. */
export class ViewStates {
  readonly latest: StateReader
  readonly engines: PastEngines = new PastEngines()
  readonly #history: BlockHistory
  readonly #blocks: ViewedBlocks
  readonly #source: StateSource

  /** @param engine - has the newest state. */
  constructor(engine: Engine, history: BlockHistory, blocks: ViewedBlocks) {
    this.#history = history
    this.#blocks = blocks
    this.latest = {
      balance: (address) => engine.getBalance(address),
      nonce: (address) => engine.getNonce(address),
      code: (address) => engine.getCode(address),
      storage: (address, key) => engine.getStorage(address, key),
    }
    this.#source = {
      newest: {
        account: (address) => {
          const account = engine.getAccount(address)
          return account === undefined ? NO_ACCOUNT : { exists: true, ...account }
        },
        hasStorage: (address) => engine.hasStorage(address),
        slot: (address, key) => engine.getStorage(address, key),
      },
      code: (codeHash) => engine.getCodeByHash(codeHash) ?? history.oldCode(codeHash),
      nextAccountChange: (address, from) => history.nextAccountChange(address, from),
      nextSlotChange: (address, key, from) => history.nextSlotChange(address, key, from),
      stateBefore: (number) => this.#stateBefore(number),
      newestNumber: () => blocks.newestNumber(),
    }
  }

  /** The state after a block before the head; undefined when it is not kept. */
  at(number: bigint): PastState | undefined {
    const isKept = number <= this.#blocks.headNumber() && number >= this.firstNumber
    return isKept ? new PastState(number, this.#source) : undefined
  }

  /** Executes on the state after a block before the head, in its environment. Undefined: that state is not kept. */
  call(request: CallRequest, number: bigint): CallOutcome | undefined {
    const block = this.block(number)
    return block && ifKept(() => this.engines.use(block, (engine) => engine.call(request)))
  }

  /** The state after a block, up to the head, and what its calls see of the chain. Undefined: that state is not kept. */
  block(number: bigint): PastBlock | undefined {
    const state = this.at(number)
    const block = this.#blocks.blockByNumber(number)
    if (state === undefined || block === undefined) return undefined
    const newer = this.#isNewest(number) ? this.#writtenInto(number + 1n).before : []
    return {
      ...{ number, written: this.#writtenInto(number).between },
      ...{ base: withDiffs(state.base, newer), revision: newer.length },
      environment: environmentOf(openBlockOf(block), this.#blocks.schedule),
      blockHash: (ancestor) => this.#blocks.blockByNumber(ancestor)?.hash,
    }
  }

  /** The state on which the block's first transaction was executed. Undefined: it is not kept. */
  before(number: bigint): StateBase | undefined {
    const state = this.at(number - 1n)
    return state && withDiffs(state.base, this.#writtenInto(number).before)
  }

  /** What a developer has written into a block before its first transaction. */
  writtenBefore(number: bigint): readonly Uint8Array[] {
    return this.#writtenInto(number).before
  }

  #writtenInto(number: bigint): ReturnType<typeof splitWritten> {
    return splitWritten(this.#blocks.writtenInto(number))
  }

  /** The next block has no transactions yet: what was written into it already belongs to the newest state. */
  #isNewest(number: bigint): boolean {
    const open = this.#blocks.unsealed.at(-1)?.view
    return open !== undefined && open.number === number + 1n && open.transactions.length === 0
  }

  /** Of the blocks whose state can be read, the oldest. */
  get firstNumber(): bigint {
    const large = this.#blocks.unsealed.findLast(({ undo }) => undo?.isTooLarge)
    return large?.view.number ?? this.#history.firstStateNumber ?? this.#blocks.headNumber()
  }

  #stateBefore(number: bigint): StateBefore | undefined {
    const unsealed = this.#blocks.unsealed.find(({ view }) => view.number === number)
    if (unsealed === undefined) return this.#history.stateBefore(number)
    return unsealed.undo?.isTooLarge ? undefined : unsealed.undo
  }
}

const NO_ACCOUNT: AccountBefore = { exists: false, nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) }

/** What `use` gives; undefined where a state went out of the window meanwhile. */
export function ifKept<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch (error) {
    if (error instanceof StateGoneError) return undefined
    throw error
  }
}
