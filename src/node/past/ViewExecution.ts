import { createAccessList, type Engine, OverrideError, TracingEngine } from '../../execution/index.ts'
import type {
  CallOutcome,
  CallRequest,
  CallSeries,
  ExecutionView,
  SeriesPlace,
  ViewWitness,
} from '../../rpc/index.ts'
import { BlockWitnesses, type NodesOf } from './BlockWitnesses.ts'
import { LAZY_ENGINE, type PastBlock } from './PastEngines.ts'
import { replayTransactions } from './replayTransactions.ts'
import { UseTime } from './UseTime.ts'
import { ifKept, type ViewedBlocks, type ViewStates } from './ViewStates.ts'

/** Execution on the states that the view keeps, beyond single calls. */
export class ViewExecution implements ExecutionView {
  readonly #states: ViewStates
  readonly #blocks: ViewedBlocks
  readonly #witnesses: BlockWitnesses
  readonly #tracingTime = new UseTime()
  #tracing: Promise<TracingEngine> | undefined

  /** @param nodesOf - see BlockWitnesses. */
  constructor(states: ViewStates, blocks: ViewedBlocks, nodesOf: NodesOf) {
    this.#states = states
    this.#blocks = blocks
    this.#witnesses = new BlockWitnesses(states, blocks, nodesOf)
  }

  series<T>(place: SeriesPlace, use: (series: CallSeries) => T): T | undefined {
    const { blockNumber, transactionCount, blockHashes } = place
    const block = this.#states.block(blockNumber)
    const base = transactionCount === undefined ? block?.base : this.#states.before(blockNumber)
    if (block === undefined || base === undefined) return undefined
    const blockHash = (number: bigint) => blockHashes.get(number) ?? block.blockHash(number)
    return ifKept(() =>
      this.#states.engines.useUp({ ...block, base, blockHash }, (engine, time) => {
        if (transactionCount !== undefined) this.#replay(engine, block, transactionCount)
        return use({
          override: (overrides) => overrideError(() => engine.override(overrides)),
          perform: (request) => {
            time.check()
            return engine.perform(request)
          },
        })
      }),
    )
  }

  async createAccessList(
    request: CallRequest,
    blockNumber: bigint,
  ): Promise<{ accessList: CallRequest['accessList']; outcome: CallOutcome } | undefined> {
    this.#tracing ??= TracingEngine.open(LAZY_ENGINE, this.#tracingTime.check)
    const tracing = await this.#tracing
    const block = this.#states.block(blockNumber)
    if (block === undefined) return undefined
    this.#tracingTime.begin()
    tracing.engine.rebase(this.#tracingTime.limit(block.base))
    tracing.beginBlock(block.environment, block.blockHash)
    return ifKept(() => createAccessList(tracing, request))
  }

  witness(blockNumber: bigint): Promise<ViewWitness | undefined> {
    return this.#witnesses.make(blockNumber)
  }

  /** Executes a block up to a transaction, on the state before it. */
  #replay(engine: Engine, block: PastBlock, count: number): void {
    const transactions = this.#blocks.blockByNumber(block.number)!.transactions.slice(0, count)
    for (const _ of replayTransactions(engine, block, transactions));
  }
}

function overrideError(override: () => void): string | undefined {
  try {
    override()
    return undefined
  } catch (error) {
    if (error instanceof OverrideError) return error.message
    throw error
  }
}
