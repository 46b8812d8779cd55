import { movePrecompiles, OverrideError, type StateBase, TracingEngine } from '../../execution/index.ts'
import {
  type BlockEnv,
  calcExcessBlobGas,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  ExecutedTransactions,
  FORK_RULES,
  type Header,
  headerHash,
  nextBaseFee,
  requestsHash,
} from '../../protocol/index.ts'
import {
  ERROR_CODES,
  type SimulatedBlock,
  type SimulationOutcome,
  type SimulationRequest,
  type ViewBlock,
} from '../../rpc/index.ts'
import {
  type BlockSchedule,
  callBeforeTransactions,
  EngineSystemCalls,
  environmentOf,
} from '../../sequencer/index.ts'
import { orderedTrieRoot } from '../../trie/index.ts'
import { LAZY_ENGINE, type NodesOf } from '../past/index.ts'
import { openBlockOf, viewOfSealedBlock } from '../viewBlocks.ts'
import { type PlannedBlock, planBlocks } from './planSimulation.ts'
import { SimulatedRoots } from './SimulatedRoots.ts'
import { SimulatedState } from './SimulatedState.ts'
import { SimulationError } from './SimulationError.ts'
import { executeCalls, type GasPool } from './simulatedCalls.ts'

const NO_WORD: Uint8Array = new Uint8Array(32)
const NO_NONCE: Uint8Array = new Uint8Array(8)

export type SimulatorOptions = {
  schedule: BlockSchedule
  /** Hash of a block of the chain. */
  blockHash(number: bigint): Uint8Array | undefined
  /** Nodes of the state's trie after a sealed block (CompactStateTrie.witness); undefined where it is not kept. */
  witness: NodesOf
}

/** Makes blocks on top of others that nobody keeps (eth_simulateV1). One simulation at a time. */
export class Simulator {
  readonly #options: SimulatorOptions
  #tracing: TracingEngine | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: SimulatorOptions) {
    this.#options = options
  }

  /** @param base - the state after the request's base. */
  simulate(request: SimulationRequest, base: StateBase): Promise<SimulationOutcome> {
    const outcome = this.#last.then(() => this.#simulate(request, base))
    this.#last = outcome.catch(() => {})
    return outcome
  }

  async #simulate(request: SimulationRequest, base: StateBase): Promise<SimulationOutcome> {
    const state = new SimulatedState(base)
    const pool: GasPool = { left: request.gasCap }
    const blocks: SimulatedBlock[] = []
    const roots = new SimulatedRoots(request.base, this.#options.witness)
    const tracing = await this.#open()
    try {
      for (const planned of planBlocks(request.blocks, request.base)) {
        const parent = blocks.at(-1)?.block ?? request.base
        const draft = this.#execute(tracing, planned, { parent, state, pool, request, blocks })
        draft.header.stateRoot = await roots.after(state.takeDiffs())
        blocks.push(sealed(draft))
      }
      return { kind: 'simulated', blocks }
    } catch (error) {
      if (error instanceof OverrideError)
        return { kind: 'refused', code: ERROR_CODES.nodeError, message: error.message }
      if (!(error instanceof SimulationError)) throw error
      return { kind: 'refused', code: error.code, message: error.message }
    }
  }

  #execute(tracing: TracingEngine, planned: PlannedBlock, context: BlockContext): Draft {
    const { state, pool, request, parent } = context
    const { validation, traceTransfers } = request
    const header = headerOf(planned, context, this.#options.schedule)
    const env = this.#environment(planned, header)
    const { engine } = tracing
    engine.rebase(state)
    movePrecompiles(engine, planned.stateOverrides)
    for (const override of planned.stateOverrides) state.override(override)
    // A parent that isn't sealed yet has the zero hash.
    tracing.beginBlock(env, (number) => this.#hashOf(number, context) ?? NO_WORD)
    callBeforeTransactions(engine, env, parent.hash ?? NO_WORD)
    const result = executeCalls(tracing, planned.calls, { env, pool, validation, traceTransfers })
    header.gasUsed = engine.cumulativeGasUsed
    header.blobGasUsed = engine.blobGasUsed
    header.logsBloom = engine.logsBloom
    if (header.requestsHash !== undefined) {
      const system = new EngineSystemCalls(engine, this.#options.schedule)
      header.requestsHash = requestsHash(system.collectRequests(env))
    }
    engine.resetPrecompiles()
    state.apply(engine.takeDiff().slice())
    return { header, ...result }
  }

  async #open(): Promise<TracingEngine> {
    this.#tracing ??= await TracingEngine.open(LAZY_ENGINE)
    return this.#tracing
  }

  #environment({ blockOverrides }: PlannedBlock, header: Header): BlockEnv {
    const open = openBlockOf({ ...header, baseFeePerGas: header.baseFeePerGas! })
    const env = environmentOf(open, this.#options.schedule)
    return { ...env, blobBaseFee: blockOverrides.blobBaseFee ?? env.blobBaseFee }
  }

  #hashOf(number: bigint, { request, blocks }: BlockContext): Uint8Array | undefined {
    const simulated = number - request.base.number - 1n
    return simulated < 0n ? this.#options.blockHash(number) : blocks[Number(simulated)]?.block.hash
  }
}

type BlockContext = {
  parent: ViewBlock
  state: SimulatedState
  pool: GasPool
  request: SimulationRequest
  blocks: readonly SimulatedBlock[]
}

/** A block of which only roots that follow from the rest are missing. */
type Draft = ReturnType<typeof executeCalls> & { header: Header }

/** The fields that are known before execution (go-ethereum, simulator.makeHeaders and processBlock). */
function headerOf(
  { number, timestamp, blockOverrides }: PlannedBlock,
  { parent, request }: BlockContext,
  schedule: BlockSchedule,
): Header {
  const fork = schedule.forkAt(timestamp)
  const parentFees = {
    excessBlobGas: parent.excessBlobGas ?? 0n,
    blobGasUsed: parent.blobGasUsed ?? 0n,
    baseFeePerGas: parent.baseFeePerGas,
  }
  return {
    parentHash: parent.hash ?? NO_WORD,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: blockOverrides.feeRecipient ?? parent.coinbase,
    ...{ stateRoot: NO_WORD, transactionsRoot: EMPTY_TRIE_ROOT, receiptsRoot: EMPTY_TRIE_ROOT },
    logsBloom: new Uint8Array(256),
    ...{
      difficulty: 0n,
      number,
      gasLimit: blockOverrides.gasLimit ?? parent.gasLimit,
      gasUsed: 0n,
      timestamp,
    },
    extraData: new Uint8Array(0),
    prevRandao: blockOverrides.prevRandao ?? NO_WORD,
    nonce: NO_NONCE,
    // Where nothing is checked, a price of nothing must not be below it.
    baseFeePerGas: blockOverrides.baseFeePerGas ?? (request.validation ? nextBaseFee(parent) : 0n),
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: calcExcessBlobGas(parentFees, fork, schedule.blobScheduleAt(timestamp)),
    parentBeaconBlockRoot: blockOverrides.beaconRoot ?? NO_WORD,
    requestsHash: FORK_RULES[fork].requests ? NO_WORD : undefined,
  }
}

function sealed({ header, transactions, executed, calls }: Draft): SimulatedBlock {
  header.transactionsRoot = orderedTrieRoot(executed.map(({ raw }) => raw))
  header.receiptsRoot = orderedTrieRoot(executed.map(({ receipt }) => receipt))
  const block = viewOfSealedBlock(header, headerHash(header), ExecutedTransactions.of(executed))
  return { block, transactions, calls }
}
