import type { Engine } from '../../execution/index.ts'
import { nextTurn } from '../../lib/index.ts'
import type { ViewTransaction } from '../../rpc/index.ts'
import { openLazyEngine } from './PastEngines.ts'
import { replayTransactions } from './replayTransactions.ts'
import type { ViewStates } from './ViewStates.ts'

/** Executes blocks of the chain once more, in turns, to tell what each part of them changes. One at a time. */
export class BlockReplay {
  readonly #states: ViewStates
  #engine: Engine | undefined

  constructor(states: ViewStates) {
    this.#states = states
  }

  /**
   * Encoded StateDiffs that lead from the state after the parent to that after `transactions`, a block's first: what was
   * written before them, then what each changes (the first with the protocol's own calls), or so many together. Undefined:
   * the state before is not kept.
   */
  async diffs(
    number: bigint,
    transactions: Iterable<ViewTransaction>,
    atOnce?: number,
  ): Promise<{ written: readonly Uint8Array[]; changed: Uint8Array[] } | undefined> {
    const base = this.#states.before(number)
    const block = this.#states.block(number)
    if (base === undefined || block === undefined) return undefined
    this.#engine ??= openLazyEngine()
    const engine = this.#engine
    engine.rebase(base)
    engine.beginBlock(block.environment, block.blockHash)
    const changed: Uint8Array[] = []
    for (const before of replayTransactions(engine, block, transactions, atOnce)) {
      changed.push(before ?? engine.takeDiff().slice())
      await nextTurn()
    }
    changed.push(engine.takeDiff().slice())
    return { written: this.#states.writtenBefore(number), changed }
  }
}
