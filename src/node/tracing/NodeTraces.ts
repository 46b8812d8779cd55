import type { StateBase } from '../../execution/index.ts'
import { equalBytes } from '../../lib/index.ts'
import { ExecutedTransactions } from '../../protocol/index.ts'
import type {
  CallRequest,
  GivenBlock,
  TraceAnswer,
  TracePoint,
  TraceView,
  TraceWish,
  ViewBlock,
} from '../../rpc/index.ts'
import { type BlockSchedule, environmentOf } from '../../sequencer/index.ts'
import type { AnsweringState } from '../bridging/index.ts'
import { splitWritten, type WrittenDiff } from '../past/index.ts'
import { openBlockOf } from '../viewBlocks.ts'
import type { TraceJob } from './traceJob.ts'

/** What traces need of the view. */
export type TracedChain = {
  readonly schedule: BlockSchedule
  blockByNumber(number: bigint): ViewBlock | undefined
  /** The block that may still get transactions. */
  openNumber(): bigint | undefined
  /** The state after a block; undefined when it is not kept. */
  stateAfter(number: bigint): StateBase | undefined
  /** The state on which a block's first transaction was executed; likewise. */
  stateBefore(number: bigint): StateBase | undefined
  /** What a developer has written into a block. */
  writtenInto(number: bigint): readonly WrittenDiff[]
}

/** Does trace jobs, one after another. */
export type TraceMaker = {
  /** @param state - that the job begins with. */
  trace(job: TraceJob, state: AnsweringState): Promise<TraceAnswer>
  close(): Promise<void>
}

/** Makes jobs for a {@link TraceMaker} of what JSON-RPC asks for. */
export class NodeTraces implements TraceView {
  readonly #chain: TracedChain
  readonly #maker: TraceMaker

  constructor(chain: TracedChain, maker: TraceMaker) {
    this.#chain = chain
    this.#maker = maker
  }

  transactions(
    block: ViewBlock,
    { first, end }: { first: number; end: number },
    wish: TraceWish,
  ): Promise<TraceAnswer> {
    const work = { kind: 'transactions', first, end } as const
    const transactions = { executed: executedBytes(block, end) }
    const job = { ...this.#blockOf(block), ...wishesOf([wish]), work, transactions }
    return this.#trace(job, this.#chain.stateBefore(block.number))
  }

  block(block: GivenBlock, wish: TraceWish): Promise<TraceAnswer> {
    const parent = this.#chain.blockByNumber(block.number - 1n)
    if (parent?.hash === undefined || !equalBytes(parent.hash, block.parentHash))
      return Promise.resolve({ kind: 'failed', message: 'parent block not found' })
    const work = { kind: 'transactions', first: 0, end: block.transactions.length } as const
    const transactions = { raw: block.transactions }
    const job = { ...this.#blockOf(block), ...wishesOf([wish]), work, transactions }
    return this.#trace(job, this.#chain.stateBefore(block.number))
  }

  calls(
    requests: readonly CallRequest[],
    { number, index }: TracePoint,
    wishes: readonly TraceWish[],
  ): Promise<TraceAnswer> {
    const block = this.#chain.blockByNumber(number)
    if (block === undefined) return Promise.resolve({ kind: 'notKept' })
    const work = { kind: 'calls', requests } as const
    const common = { ...this.#blockOf(block), ...wishesOf(wishes), work }
    // What is executed in the open block moves on: then the block is executed once more, as far as it is now.
    const isOpen = this.#chain.openNumber() === number
    if (index === undefined && !isOpen)
      return this.#trace({ ...common, transactions: undefined }, this.#chain.stateAfter(number))
    const transactions = { executed: executedBytes(block, index ?? block.transactions.length) }
    return this.#trace({ ...common, transactions }, this.#chain.stateBefore(number))
  }

  #blockOf(
    block: GivenBlock | ViewBlock,
  ): Pick<TraceJob, 'environment' | 'parentHash' | 'blockHash' | 'written'> {
    return {
      written: splitWritten(this.#chain.writtenInto(block.number)).between,
      environment: environmentOf(openBlockOf(block), this.#chain.schedule),
      parentHash: this.#chain.blockByNumber(block.number - 1n)?.hash,
      blockHash: block.hash,
    }
  }

  #trace(job: TraceJob, state: StateBase | undefined): Promise<TraceAnswer> {
    if (state === undefined) return Promise.resolve({ kind: 'notKept' })
    const answering: AnsweringState = {
      ...state,
      blockHash: (number) => this.#chain.blockByNumber(number)?.hash,
    }
    return this.#maker.trace(job, answering)
  }
}

function wishesOf(wishes: readonly TraceWish[]): Pick<TraceJob, 'tracers' | 'timeoutMs' | 'maxCharacters'> {
  const [{ timeoutMs, maxCharacters }] = wishes as [TraceWish]
  return { tracers: wishes.map(({ tracer }) => tracer), timeoutMs, maxCharacters }
}

/** The first transactions of a block, in bytes of their own: it may grow meanwhile. */
function executedBytes({ transactions }: ViewBlock, end: number): Uint8Array {
  const first =
    transactions instanceof ExecutedTransactions
      ? transactions.slice(0, end)
      : ExecutedTransactions.of(transactions.slice(0, end))
  return first.bytes().slice()
}
