import { createAccessList, type Engine, OverrideError, TracingEngine } from '../execution/index.ts'
import { assert } from '../lib/index.ts'
import { decodeTransaction, encodePrepared, recoverAuthorities } from '../protocol/index.ts'
import type {
  CallOutcome,
  CallRequest,
  CallSeries,
  ExecutionView,
  SeriesPlace,
  ViewBlock,
  ViewTransaction,
} from '../rpc/index.ts'
import { LAZY_ENGINE, type PastBlock } from './PastEngines.ts'
import { callBeforeTransactions } from './systemCalls.ts'
import { UseTime } from './UseTime.ts'
import { ifKept, type ViewStates } from './ViewStates.ts'

/** Each is a chunk of its own: nothing of them is looked at. */
const BATCH_LIMITS = { transactions: 256, gas: (1n << 63n) - 1n }

type Blocks = { blockByNumber(number: bigint): ViewBlock | undefined }

/** Execution on the states that the view keeps, beyond single calls. */
export class ViewExecution implements ExecutionView {
  readonly #states: ViewStates
  readonly #blocks: Blocks
  readonly #tracingTime = new UseTime()
  #tracing: Promise<TracingEngine> | undefined

  constructor(states: ViewStates, blocks: Blocks) {
    this.#states = states
    this.#blocks = blocks
  }

  series<T>(place: SeriesPlace, use: (series: CallSeries) => T): T | undefined {
    const { blockNumber, transactionCount, blockHashes } = place
    const block = this.#states.block(blockNumber)
    const before = transactionCount === undefined ? block : this.#states.block(blockNumber - 1n)
    if (block === undefined || before === undefined) return undefined
    const blockHash = (number: bigint) => blockHashes.get(number) ?? block.blockHash(number)
    return ifKept(() =>
      this.#states.engines.useUp({ ...block, base: before.base, blockHash }, (engine, time) => {
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

  /** Executes a block up to a transaction, on the state before it. */
  #replay(engine: Engine, { number, environment }: PastBlock, count: number): void {
    callBeforeTransactions(engine, environment, this.#blocks.blockByNumber(number - 1n)?.hash)
    const transactions = this.#blocks.blockByNumber(number)!.transactions.slice(0, count)
    for (let rest = encodePrepared(Array.from(transactions, preparedOf)); rest.length > 0; ) {
      const { bytesTaken, stop } = engine.executeBatch(rest, BATCH_LIMITS)
      assert(stop === undefined, 'what was executed once can be executed again')
      engine.takeChunk()
      rest = rest.subarray(bytesTaken)
    }
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

function preparedOf({ raw, sender }: ViewTransaction): Parameters<typeof encodePrepared>[0][number] {
  const decoded = decodeTransaction(raw)
  assert(decoded.ok, 'it was executed')
  return { raw, sender, authorities: recoverAuthorities(decoded.transaction) }
}
