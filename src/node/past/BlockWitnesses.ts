import type { Engine } from '../../execution/index.ts'
import { assert, nextTurn } from '../../lib/index.ts'
import { ExecutionError, type ViewBlock, type ViewWitness } from '../../rpc/index.ts'
import { type BlockSchedule, EngineSystemCalls } from '../../sequencer/index.ts'
import { type WitnessTarget, witnessTargets } from '../../trie/index.ts'
import { JobQueue } from '../JobQueue.ts'
import { openLazyEngine, type PastBlock } from './PastEngines.ts'
import { StateGoneError } from './PastState.ts'
import { RecordedState } from './RecordedState.ts'
import { replayTransactions } from './replayTransactions.ts'
import type { ViewStates } from './ViewStates.ts'

/** Accounts and slots of a witness: the sealer has its nodes together in a quarter of a second. */
const TARGET_LIMIT = 10_000

type Blocks = { readonly schedule: BlockSchedule; blockByNumber(number: bigint): ViewBlock | undefined }
export type NodesOf = (blockNumber: bigint, targets: WitnessTarget[]) => Promise<Uint8Array[] | undefined>

/**
 * Witnesses of sealed blocks: what it takes to execute a block again without the rest of the state. A block is executed on
 * the state before it, as it was kept, in turns; what was read and changed then says which nodes of the trie it takes.
 */
export class BlockWitnesses {
  readonly #states: ViewStates
  readonly #blocks: Blocks
  readonly #nodesOf: NodesOf
  #engine: Engine | undefined
  readonly #queue = new JobQueue('witnesses')

  /** @param nodesOf - of the trie after a block, see CompactStateTrie.witness; undefined: it is not kept. */
  constructor(states: ViewStates, blocks: Blocks, nodesOf: NodesOf) {
    this.#states = states
    this.#blocks = blocks
    this.#nodesOf = nodesOf
  }

  /**
   * Undefined when the state before the block is not kept, or only without its trie.
   *
   * @throws ExecutionError
   */
  async make(number: bigint): Promise<ViewWitness | undefined> {
    try {
      return await this.#queue.run(() => this.#make(number))
    } catch (error) {
      if (error instanceof StateGoneError) return undefined
      throw error
    }
  }

  async #make(number: bigint): Promise<ViewWitness | undefined> {
    const before = this.#states.before(number)
    const block = this.#states.block(number)
    if (before === undefined || block === undefined) return undefined
    const state = new RecordedState(before)
    const { diffs, oldestHash } = await this.#execute(block, state)
    const targets = [...state.targets, ...diffs.flatMap((diff) => [...witnessTargets(diff)])]
    const size = targets.reduce((sum, { keys }) => sum + 1 + keys.length, 0)
    if (size > TARGET_LIMIT)
      throw new ExecutionError(
        `the block uses ${size} accounts and slots, too many for a witness (limit ${TARGET_LIMIT})`,
      )
    const nodes = await this.#nodesOf(number - 1n, targets)
    if (nodes === undefined) return undefined
    const headers: ViewBlock[] = []
    for (let ancestor = number - 1n; ancestor >= oldestHash; ancestor--)
      headers.push(this.#blocks.blockByNumber(ancestor)!)
    return {
      headers,
      codes: state.codes,
      state: nodes,
      keys: state.targets.flatMap(({ address, keys }) => [address, ...keys]),
    }
  }

  /** `diffs`: all that changes. */
  async #execute(
    block: PastBlock,
    state: RecordedState,
  ): Promise<{ diffs: Uint8Array[]; oldestHash: bigint }> {
    const { number, environment } = block
    this.#engine ??= openLazyEngine()
    const engine = this.#engine
    let oldestHash = number - 1n
    engine.rebase(state)
    engine.beginBlock(environment, (ancestor) => {
      if (ancestor < oldestHash) oldestHash = ancestor
      return block.blockHash(ancestor)
    })
    const { transactions } = this.#blocks.blockByNumber(number)!
    const diffs: Uint8Array[] = []
    for (const diff of replayTransactions(engine, block, transactions)) {
      if (diff !== undefined) diffs.push(diff)
      await nextTurn()
    }
    new EngineSystemCalls(engine, this.#blocks.schedule).collectRequests(environment)
    diffs.push(engine.takeDiff().slice())
    assert(oldestHash >= 0n, 'only ancestors are asked for')
    return { diffs, oldestHash }
  }
}
