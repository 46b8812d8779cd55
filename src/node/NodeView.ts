import { fastCurvesWanted, loadFastCurves } from '../evm/index.ts'
import type { Engine } from '../execution/index.ts'
import type {
  Chunk,
  CloseBlock,
  LogRecord,
  OpenBlock,
  Rewind,
  SealHeader,
  SealMiniBlock,
} from '../feed/index.ts'
import type { BlockHistory } from '../history/index.ts'
import { assert } from '../lib/index.ts'
import { type ChainConfig, nextBaseFee, receiptFields, type SealedPlace } from '../protocol/index.ts'
import type {
  BlockId,
  BlockOverrides,
  CallOutcome,
  CallRequest,
  ChainEvent,
  ChainView,
  DevChain,
  EvmStatus,
  LogQuery,
  NetworkMember,
  NodeStatus,
  RemoteView,
  SimulationOutcome,
  SimulationRequest,
  StatePoint,
  StateReader,
  SubmitOutcome,
  TransactionIntake,
  TransactionPromise,
  ViewBlock,
  ViewBlockPart,
  ViewPooledTransaction,
  ViewProof,
} from '../rpc/index.ts'
import { ExecutionError } from '../rpc/index.ts'
import { type BlockSchedule, environmentOf } from '../sequencer/index.ts'
import { applyWithUndo } from './applyWithUndo.ts'
import type { EvmMonitor } from './compiling/index.ts'
import { DurableMark } from './DurableMark.ts'
import type { NodeIntake, PoolView } from './intake/index.ts'
import { StateListing } from './listing/index.ts'
import { MiniBlockBuilder, MiniBlocks } from './miniBlocks/index.ts'
import type { NodesOf } from './past/index.ts'
import { OldProofs, ViewExecution, type ViewedBlocks, ViewStates, WrittenDiffs } from './past/index.ts'
import type { RestorableState } from './rewinding/index.ts'
import type { SealerClient } from './SealerClient.ts'
import { SealWaiters } from './SealWaiters.ts'
import { Simulator } from './simulating/index.ts'
import { NodeTraces, type TraceMaker, TraceThread } from './tracing/index.ts'
import { ViewChain, type ViewChainOptions } from './ViewChain.ts'
import { openBlockOf } from './viewBlocks.ts'

/** Listeners of events; JSON-RPC needs one. */
const LISTENER_LIMIT = 64

/** What the view asks of other threads, and of those that talk to them. */
type Links = {
  sealer: Pick<SealerClient, 'proof' | 'witness' | 'accounts' | 'storage'>
  submissions: Pick<NodeIntake, 'submitOne'> & TransactionIntake
  pool: PoolView
  monitor: Pick<EvmMonitor, 'status'>
  nodeStatus: () => NodeStatus
  network: () => Promise<readonly NetworkMember[]>
  dev: DevChain | undefined
  remote?: RemoteView | undefined
}

export type NodeViewOptions = Omit<ViewChainOptions, 'start'> & {
  engine: Engine
  /** The sealed block after which `engine` is the state, and the newest mini-block then. */
  start: ViewChainOptions['start'] & { miniBlockNumber: bigint }
  /** Where older mini-blocks are read; undefined: only the newest are kept. */
  logFolder: string | undefined
  /** Makes traces; on a thread of its own when not given. */
  tracer?: TraceMaker
  clientVersion: string
  /** A developer may write into its blocks. Default: no. */
  isDev?: boolean
}

/**
 * The main thread's follower of the log, which JSON-RPC reads: state by diffs in an engine of its own, unsealed blocks
 * in memory, sealed ones in history. It executes only calls.
 */
export class NodeView implements ChainView {
  readonly chainId: bigint
  readonly config: ChainConfig
  readonly genesisHash: Uint8Array
  readonly clientVersion: string
  readonly #schedule: BlockSchedule
  readonly #engine: Engine
  readonly #history: BlockHistory
  readonly #blocks: ViewChain
  readonly #states: ViewStates
  #emptyHead: { number: bigint; overrides: BlockOverrides } | undefined
  readonly #simulator: Simulator
  readonly #oldProofs: OldProofs
  readonly execution: ViewExecution
  readonly listing: StateListing
  #links: Links | undefined
  readonly #builder: MiniBlockBuilder
  readonly miniBlocks: MiniBlocks
  readonly traces: NodeTraces
  readonly #tracer: TraceMaker
  /** Of a chain into which a developer may write. */
  readonly #written = new WrittenDiffs()
  readonly #isDev: boolean
  #durableNumber: bigint
  readonly #durableMark = new DurableMark()
  readonly #listeners = new Set<(event: ChainEvent) => void>()
  readonly #sealWaiters = new SealWaiters()

  constructor({
    chain,
    engine,
    history,
    start,
    logFolder,
    clientVersion,
    tracer,
    isDev = false,
    before,
  }: NodeViewOptions) {
    this.#isDev = isDev
    this.chainId = chain.chainId
    this.config = chain.genesis.config
    this.genesisHash = chain.hash
    this.clientVersion = clientVersion
    this.#schedule = chain.schedule
    this.#engine = engine
    this.#history = history
    this.#tracer = tracer ?? new TraceThread()
    this.#blocks = new ViewChain({ chain, history, start, before })
    this.#durableNumber = start.blockNumber
    this.#builder = new MiniBlockBuilder(start.miniBlockNumber + 1n)
    this.miniBlocks = new MiniBlocks({
      ...{ builder: this.#builder, logFolder },
      hashOf: (number, miniBlock) => (miniBlock > this.branch ? history.hashByNumber(number) : undefined),
      fieldsNow: (address) => engine.getAccount(address) ?? { nonce: 0n, balance: 0n },
    })
    const witness: NodesOf = async (number, targets) => this.#links?.sealer.witness(number, targets)
    this.#simulator = new Simulator({
      schedule: chain.schedule,
      blockHash: (number) => this.#blocks.byNumber(number)?.hash,
      witness,
    })
    const blocks: ViewedBlocks = {
      schedule: chain.schedule,
      headNumber: () => this.headNumber,
      newestNumber: () => this.#blocks.newest.number,
      blockByNumber: (number) => this.#blocks.byNumber(number),
      unsealed: this.#blocks.unsealed,
      writtenInto: (number) => this.#written.of(number),
    }
    this.#states = new ViewStates(engine, history, blocks)
    const sealed = { sealedNumber: () => this.sealedNumber, blockByNumber: blocks.blockByNumber }
    this.#oldProofs = new OldProofs(history, sealed, witness)
    this.execution = new ViewExecution(this.#states, blocks, witness)
    this.listing = new StateListing({
      ...{ engine, history, states: this.#states, nodesOf: witness, blockByNumber: blocks.blockByNumber },
      sealer: () => this.#links?.sealer,
      sealed: (number) => this.whenSealed(number),
    })
    const traced = {
      schedule: chain.schedule,
      blockByNumber: (number: bigint) => this.#blocks.byNumber(number),
      openNumber: () => this.#blocks.unsealed.at(-1)?.view.number,
      stateAfter: (number: bigint) => this.#states.block(number)?.base,
      stateBefore: (number: bigint) => this.#states.before(number),
      writtenInto: blocks.writtenInto,
    }
    this.traces = new NodeTraces(traced, this.#tracer)
    // Until a block is opened, calls run in the environment of the newest one.
    this.#beginBlock(openBlockOf(this.#blocks.newest))
  }

  /** Ends what works for the view on threads of its own. */
  close(): Promise<void> {
    return this.#tracer.close()
  }

  /** Connects the view to the other threads, once the log is replayed. */
  connect(links: Links): void {
    this.#links = links
  }

  // Following

  /** Takes the next record of the log. */
  follow(record: LogRecord): void {
    switch (record.kind) {
      case 'openBlock':
        this.#openBlock(record)
        break
      case 'chunk':
        this.#applyChunk(record)
        break
      case 'sealMiniBlock':
        this.#sealMiniBlock(record)
        break
      case 'closeBlock':
        this.#closeBlock(record)
        break
      case 'sealHeader':
        this.#sealHeader(record)
        break
      case 'rewind':
        this.#rewind(record)
        break
    }
  }

  /** The log is durable up to a mini-block, and up to the header of a block. */
  markDurable({ branch, blockNumber, miniBlockNumber }: SealedPlace & { miniBlockNumber: bigint }): void {
    // Of a branch that was left meanwhile it may be a block that was given up.
    if (branch >= this.branch) this.#durableNumber = blockNumber
    this.#durableMark.reach(miniBlockNumber)
    this.#emit({ kind: 'durable', blockNumber: this.#durableNumber, miniBlockNumber })
  }

  /** Everything that the view has followed so far was on the disk before it was read. */
  markAllDurable(): void {
    this.markDurable({ ...this.sealedPlace, miniBlockNumber: this.miniBlocks.newest })
  }

  announceQueued(hash: Uint8Array): void {
    this.#emit({ kind: 'queued', hash })
  }

  #openBlock(open: OpenBlock): void {
    this.#beginBlock(open)
    this.#builder.openBlock(this.#blocks.open(open))
  }

  /** Calls run in its environment. */
  #beginBlock(open: Omit<OpenBlock, 'kind'>): void {
    this.#engine.beginBlock(environmentOf(open, this.#schedule), (number) => this.#blocks.hashOf(number))
  }

  #applyChunk(chunk: Chunk): void {
    const { view, undo, group } = this.#blocks.current()
    if (undo === undefined) this.#engine.applyDiff(chunk.diff)
    else undo.add(applyWithUndo(this.#engine, chunk.diff, group))
    if (this.#isDev && chunk.transactions.length === 0)
      this.#written.add(view.number, { index: view.transactions.length, diff: chunk.diff })
    view.transactions.append(chunk.transactions)
    this.#builder.chunk(chunk)
    if (this.#links?.pool.isEmpty === false)
      for (const { hash } of chunk.transactions) this.#links.pool.remove(hash)
    const last = chunk.transactions.at(-1)
    if (last === undefined) return
    view.gasUsed = receiptFields(last.receipt).cumulativeGasUsed
    this.#emit({
      kind: 'executed',
      block: view,
      firstTransactionIndex: chunk.firstTransactionIndex,
      count: chunk.transactions.length,
      miniBlockNumber: chunk.miniBlockNumber,
    })
  }

  #sealMiniBlock(seal: SealMiniBlock): void {
    const block = this.#blocks.current()
    block.miniBlockCount++
    const miniBlock = this.#builder.seal(seal, block.view)
    this.#durableMark.ended({
      miniBlockNumber: seal.number,
      blockNumber: seal.blockNumber,
      transactionCount: miniBlock.firstTransactionIndex + miniBlock.transactionCount,
    })
    this.miniBlocks.add(miniBlock)
    this.#emit({ kind: 'miniBlock', miniBlock })
  }

  #closeBlock(close: CloseBlock): void {
    const block = this.#blocks.current()
    block.isClosed = true
    const { view } = block
    view.gasUsed = close.gasUsed
    view.blobGasUsed = close.blobGasUsed
    this.#builder.closeBlock()
  }

  #sealHeader(record: SealHeader): void {
    // The log behind a snapshot has the header of the snapshot's own block.
    if (record.number <= this.sealedNumber) return
    const { view, miniBlockCount } = this.#blocks.seal(record)
    this.#builder.head({ block: view, miniBlockCount })
    this.#emit({ kind: 'sealed', block: view, miniBlockCount })
    this.#sealWaiters.sealed(record.number)
  }

  #rewind(rewind: Rewind): void {
    const { number, blockNumber: to, miniBlockCount, diff } = rewind
    const block = this.#blocks.newestOf(rewind)
    this.#emit({ kind: 'rewind', to, block, miniBlockCount, dropped: () => this.#blocks.after(to) })
    this.#blocks.rewind(rewind, block)
    this.#engine.applyDiff(diff)
    this.#emptyHead = undefined
    this.#written.removeAfter(to)
    this.#states.engines.forget()
    // Until the next is opened.
    this.#beginBlock(openBlockOf(block))
    if (this.#durableNumber > to) this.#durableNumber = to
    this.#durableMark.rewound({ miniBlockNumber: number, blockNumber: to, newest: block.number })
    const miniBlock = this.#builder.rewind(rewind, block)
    this.miniBlocks.add(miniBlock)
    this.#sealWaiters.resolveAll()
    this.#emit({ kind: 'miniBlock', miniBlock })
  }

  // Blocks and transactions

  get headNumber(): bigint {
    return this.#blocks.headNumber
  }

  get firstNumber(): bigint {
    return this.#blocks.firstNumber
  }

  get sealedNumber(): bigint {
    return this.#blocks.sealedNumber
  }

  get sealedPlace(): SealedPlace {
    return this.#blocks.sealedPlace
  }

  get branch(): bigint {
    return this.#blocks.branch
  }

  /** What a rewind takes back changes from. */
  get restorable(): RestorableState {
    const view = this
    return {
      ...{ history: this.#history, unsealed: this.#blocks.unsealed },
      get sealedNumber() {
        return view.sealedNumber
      },
      get sealedPlace() {
        return view.sealedPlace
      },
      genesisNumber: this.#blocks.genesis.number,
      blockByNumber: (number) => this.#blocks.byNumber(number),
      account: (address) => this.#engine.getAccount(address),
      hasStorage: (address) => this.#engine.hasStorage(address),
      slot: (address, key) => this.#engine.getStorage(address, key),
      codeByHash: (hash) => this.#engine.getCodeByHash(hash),
    }
  }

  /** History has followed as far as this has. */
  get isAtHead(): boolean {
    return this.#blocks.isAtHead
  }

  get durableNumber(): bigint {
    return this.#durableNumber
  }

  /** See DurableMark.waitingSinceMs. */
  get undurableSinceMs(): number | undefined {
    return this.#durableMark.waitingSinceMs
  }

  getBlock(id: BlockId): ViewBlock | undefined {
    return this.#blocks.byId(id)
  }

  getTransaction(hash: Uint8Array): { block: ViewBlock; index: number } | undefined {
    return this.#blocks.transaction(hash)
  }

  getPooledTransaction(hash: Uint8Array): ViewPooledTransaction | undefined {
    return this.#links?.pool.get(hash)
  }

  pooledTransactions(): Iterable<ViewPooledTransaction> {
    return this.#links?.pool.all() ?? []
  }

  findLogs(query: LogQuery, from: bigint, to: bigint): Generator<ViewBlockPart | undefined, void> {
    return this.#blocks.findLogs(query, from, to)
  }

  promiseOf(blockNumber: bigint, index: number): TransactionPromise {
    return this.#durableMark.covers(blockNumber, index) ? 'durable' : 'executed'
  }

  // State

  stateAt(point: StatePoint): StateReader | undefined {
    if (point === 'latest' || point.number === this.headNumber) return this.#states.latest
    return this.#states.at(point.number)
  }

  async getProof(
    address: Uint8Array,
    keys: Uint8Array[],
    blockNumber: bigint,
  ): Promise<ViewProof | undefined> {
    if (blockNumber > this.headNumber) return undefined
    if (this.remote !== undefined) throw new ExecutionError(NO_PROOFS)
    await this.whenSealed(blockNumber)
    const proof = await this.#links?.sealer.proof(blockNumber, address, keys)
    if (proof !== undefined || blockNumber < this.firstStateNumber) return proof
    return this.#oldProofs.make(blockNumber, address, keys)
  }

  call(request: CallRequest): CallOutcome {
    // On top of all that was executed, in the environment of the newest block that shows.
    const blockOverrides = { ...this.#headOverrides(), ...request.blockOverrides }
    const outcome = this.#engine.call({ ...request, blockOverrides })
    if (fastCurvesWanted()) void loadFastCurves()
    return outcome
  }

  /** What leads from the engine's open block to the head, which is the one before as long as the open one is empty. */
  #headOverrides(): BlockOverrides | undefined {
    const { headNumber } = this
    if (this.#blocks.unsealed.at(-1)?.view.number === headNumber || this.#blocks.unsealed.length === 0)
      return undefined
    if (this.#emptyHead?.number === headNumber) return this.#emptyHead.overrides
    const block = this.#states.block(headNumber)
    if (block === undefined) return undefined
    const { number, timestamp, gasLimit, coinbase, prevRandao, baseFeePerGas, blobBaseFee } =
      block.environment
    const overrides = { number, gasLimit, prevRandao, baseFeePerGas, blobBaseFee }
    this.#emptyHead = {
      number: headNumber,
      overrides: { ...overrides, time: timestamp, feeRecipient: coinbase },
    }
    return this.#emptyHead.overrides
  }

  callAt(request: CallRequest, blockNumber: bigint): CallOutcome | undefined {
    return blockNumber >= this.headNumber ? this.call(request) : this.#states.call(request, blockNumber)
  }

  async simulate(request: SimulationRequest): Promise<SimulationOutcome> {
    const base = this.#states.block(request.base.number)?.base
    assert(base !== undefined, 'the state that is asked for is kept')
    return this.#simulator.simulate(request, base)
  }

  pendingNonce(address: Uint8Array): bigint {
    const nonce = this.#engine.getAccount(address)?.nonce ?? 0n
    return this.#links?.pool.nextNonce(address, nonce) ?? nonce
  }

  get firstStateNumber(): bigint {
    return this.#states.firstNumber
  }

  get settled(): Promise<void> | undefined {
    const { dev } = this
    if (dev === undefined || dev.mining.kind === 'interval') return undefined
    const complete = this.#blocks.unsealed.findLast(
      ({ view, isClosed }) => isClosed || view.transactions.length > 0,
    )
    if (complete === undefined) return undefined
    return this.#sealWaiters.waitTogether(complete.view.number)
  }

  /** Resolves once the block has its header, or was given up. @throws SealerBusyError, later. */
  whenSealed(number: bigint): Promise<void> {
    if (number <= this.sealedNumber) return Promise.resolve()
    return this.#sealWaiters.wait(number)
  }

  // The rest

  submit(raw: Uint8Array): Promise<SubmitOutcome> {
    assert(this.#links !== undefined, 'transactions are taken once the view is connected')
    return this.#links.submissions.submitOne(raw)
  }

  get intake(): TransactionIntake {
    assert(this.#links !== undefined, 'transactions are taken once the view is connected')
    return this.#links.submissions
  }

  nextBaseFee(): bigint {
    return nextBaseFee(this.#blocks.newest)
  }

  get remote(): RemoteView | undefined {
    return this.#links?.remote
  }

  get dev(): DevChain | undefined {
    return this.#links?.dev
  }

  nodeStatus(): NodeStatus {
    assert(this.#links !== undefined, 'the server listens once the view is connected')
    return this.#links.nodeStatus()
  }

  network(): Promise<readonly NetworkMember[]> {
    assert(this.#links !== undefined, 'the server listens once the view is connected')
    return this.#links.network()
  }

  evmStatus(): EvmStatus {
    assert(this.#links !== undefined, 'the server listens once the view is connected')
    return this.#links.monitor.status()
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    assert(this.#listeners.size < LISTENER_LIMIT, `at most ${LISTENER_LIMIT} listeners`)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

const NO_PROOFS =
  "the state of a forked chain can't be proven: its roots are those of what has changed since the fork"
