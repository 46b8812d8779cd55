import { fastCurvesWanted, loadFastCurves } from '../evm/index.ts'
import type { Engine } from '../execution/index.ts'
import {
  adoptedBlocks,
  type Chunk,
  type CloseBlock,
  type LogRecord,
  type OpenBlock,
  type Rewind,
  type SealHeader,
  type SealMiniBlock,
} from '../feed/index.ts'
import {
  type BlockHistory,
  bloomMayMatch,
  type ReverseDiff,
  type SealedBlockRecord,
} from '../history/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { assert, equalBytes } from '../lib/index.ts'
import {
  type ChainConfig,
  ExecutedTransactions,
  nextBaseFee,
  receiptFields,
  type SealedPlace,
} from '../protocol/index.ts'
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
import { environmentOf } from '../sequencer/index.ts'
import { applyWithUndo } from './applyWithUndo.ts'
import { BlockCache } from './BlockCache.ts'
import type { Chain } from './chain.ts'
import type { EvmMonitor } from './compiling/index.ts'
import { DurableMark } from './DurableMark.ts'
import type { PoolView, Submissions } from './intake/index.ts'
import { MiniBlockBuilder, MiniBlocks } from './miniBlocks/index.ts'
import type { NodesOf } from './past/index.ts'
import { OldProofs, ViewExecution, type ViewedBlocks, ViewStates, WrittenDiffs } from './past/index.ts'
import type { RestorableState } from './rewinding/index.ts'
import { SEALER_REQUEST_LIMIT, SealerBusyError, type SealerClient } from './SealerClient.ts'
import { Simulator } from './simulating/index.ts'
import { type AnsweringState, NodeTraces, type TraceMaker, TraceThread } from './tracing/index.ts'
import {
  headerOf,
  type KeptBlock,
  openBlockOf,
  sealViewBlock,
  viewOfOpenBlock,
  viewOfSealedBlock,
} from './viewBlocks.ts'

/** Listeners of events; JSON-RPC needs one. */
const LISTENER_LIMIT = 64

/** A block whose header isn't known yet. */
type UnsealedBlock = {
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

/** What the view asks of other threads, and of those that talk to them. */
type Links = {
  sealer: Pick<SealerClient, 'proof' | 'witness'>
  submissions: Pick<Submissions, 'submitOne'> & TransactionIntake
  pool: PoolView
  monitor: Pick<EvmMonitor, 'status'>
  dev: DevChain | undefined
  remote?: RemoteView | undefined
}

export type NodeViewOptions = {
  chain: Chain
  engine: Engine
  history: BlockHistory
  /** The sealed block after which `engine` is the state, and the newest mini-block then; `branch`: see SealedPlace. */
  start: { blockNumber: bigint; header: Uint8Array; miniBlockNumber: bigint; branch?: bigint }
  /** Where older mini-blocks are read; undefined: only the newest are kept. */
  logFolder: string | undefined
  /** Makes traces; on a thread of its own when not given. */
  tracer?: TraceMaker
  clientVersion: string
  /** A developer may write into its blocks. Default: no. */
  isDev?: boolean
  /** Of a chain that was forked: the remote's blocks before. */
  before?: Pick<AnsweringState, 'blockHash'> | undefined
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
  readonly #chain: Chain
  readonly #engine: Engine
  readonly #history: BlockHistory
  readonly #genesis: ViewBlock
  readonly #before: NodeViewOptions['before']
  readonly #states: ViewStates
  #emptyHead: { number: bigint; overrides: BlockOverrides } | undefined
  readonly #simulator: Simulator
  readonly #oldProofs: OldProofs
  readonly execution: ViewExecution
  #links: Links | undefined
  /** Oldest first: at most one closed and one open block, see Sequencer. */
  readonly #unsealed: UnsealedBlock[] = []
  #newestSealed: ViewBlock
  #branch: bigint
  /** Blocks opened since the start. */
  #openings = 0
  readonly #builder: MiniBlockBuilder
  readonly miniBlocks: MiniBlocks
  readonly traces: NodeTraces
  readonly #tracer: TraceMaker
  /** Of a chain into which a developer may write. */
  readonly #written = new WrittenDiffs()
  readonly #isDev: boolean
  #durableNumber: bigint
  readonly #durableMark = new DurableMark()
  readonly #cache = new BlockCache()
  readonly #listeners = new Set<(event: ChainEvent) => void>()
  /** Shared by all who wait for the same block. */
  #settling: { number: bigint; promise: Promise<void> } | undefined
  readonly #sealWaiters: { number: bigint; resolve: () => void }[] = []

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
    this.#before = before
    this.#isDev = isDev
    this.chainId = chain.chainId
    this.config = chain.genesis.config
    this.genesisHash = chain.hash
    this.clientVersion = clientVersion
    this.#chain = chain
    this.#engine = engine
    this.#history = history
    this.#tracer = tracer ?? new TraceThread()
    this.#genesis = viewOfSealedBlock(chain.header, chain.hash, new ExecutedTransactions())
    this.#newestSealed = this.#viewOfKnown(start)
    this.#branch = start.branch ?? 0n
    this.#durableNumber = start.blockNumber
    this.#builder = new MiniBlockBuilder(start.miniBlockNumber + 1n)
    this.miniBlocks = new MiniBlocks({
      ...{ builder: this.#builder, logFolder },
      hashOf: (number, miniBlock) => (miniBlock > this.#branch ? history.hashByNumber(number) : undefined),
      fieldsNow: (address) => engine.getAccount(address) ?? { nonce: 0n, balance: 0n },
    })
    const witness: NodesOf = async (number, targets) => this.#links?.sealer.witness(number, targets)
    this.#simulator = new Simulator({
      schedule: chain.schedule,
      blockHash: (number) => this.#blockByNumber(number)?.hash,
      witness,
    })
    const blocks: ViewedBlocks = {
      schedule: chain.schedule,
      headNumber: () => this.headNumber,
      newestNumber: () => this.#unsealed.at(-1)?.view.number ?? this.sealedNumber,
      blockByNumber: (number) => this.#blockByNumber(number),
      unsealed: this.#unsealed,
      writtenInto: (number) => this.#written.of(number),
    }
    this.#states = new ViewStates(engine, history, blocks)
    const sealed = { sealedNumber: () => this.sealedNumber, blockByNumber: blocks.blockByNumber }
    this.#oldProofs = new OldProofs(history, sealed, witness)
    this.execution = new ViewExecution(this.#states, blocks, witness)
    const traced = {
      schedule: chain.schedule,
      blockByNumber: (number: bigint) => this.#blockByNumber(number),
      openNumber: () => this.#unsealed.at(-1)?.view.number,
      stateAfter: (number: bigint) => this.#states.block(number)?.base,
      stateBefore: (number: bigint) => this.#states.before(number),
    }
    this.traces = new NodeTraces(traced, this.#tracer)
    // Until a block is opened, calls run in the environment of the newest one.
    const environment = environmentOf(openBlockOf(this.#newestSealed), chain.schedule)
    engine.beginBlock(environment, (number) => this.#hashOf(number))
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
    if (branch >= this.#branch) this.#durableNumber = blockNumber
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
    const again = this.#unsealed.at(-1)?.view.number === open.number ? this.#unsealed.pop() : undefined
    const parent = this.#unsealed.at(-1)?.view ?? this.#newestSealed
    this.#engine.beginBlock(environmentOf(open, this.#chain.schedule), (number) => this.#hashOf(number))
    const view = viewOfOpenBlock(open, parent)
    this.#builder.openBlock(view)
    this.#unsealed.push({
      view,
      open,
      miniBlockCount: again?.miniBlockCount ?? 0,
      bloomCount: 0,
      isClosed: false,
      undo: again === undefined ? this.#newUndo(open.number) : again.undo,
      group: again?.group ?? ++this.#openings % 2 ** 32,
    })
  }

  /** None for a block that history has already. */
  #newUndo(blockNumber: bigint): ReverseDiff | undefined {
    return this.#hasHistory(blockNumber) ? undefined : this.#history.newReverseDiff()
  }

  #applyChunk(chunk: Chunk): void {
    const { view, undo, group } = this.#current()
    if (undo === undefined) this.#engine.applyDiff(chunk.diff)
    else undo.add(applyWithUndo(this.#engine, chunk.diff, group))
    if (this.#isDev && view.transactions.length + chunk.transactions.length === 0)
      this.#written.add(view.number, chunk.diff)
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
    const block = this.#current()
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
    const block = this.#current()
    block.isClosed = true
    const { view } = block
    view.gasUsed = close.gasUsed
    view.blobGasUsed = close.blobGasUsed
    this.#builder.closeBlock()
  }

  #sealHeader(record: SealHeader): void {
    // The log behind a snapshot has the header of the snapshot's own block.
    if (record.number <= this.#newestSealed.number) return
    const block = this.#unsealed.shift()
    assert(block?.open.number === record.number, 'headers come in order')
    const { view, miniBlockCount, undo } = block
    const hash = keccak256(record.header)
    sealViewBlock(view, headerOf(record.header), hash)
    const { number, header } = record
    // Before a rewind that history has followed already, it has other blocks.
    if (this.#branch === this.#history.branch)
      this.#history.append({ number, hash, header, miniBlockCount, transactions: view.transactions }, undo)
    this.#cache.set(view)
    this.#newestSealed = view
    for (const child of this.#unsealed) {
      child.view.parentHash = hash
      child.view.stateRoot = view.stateRoot
    }
    this.#builder.head({ block: view, miniBlockCount })
    this.#emit({ kind: 'sealed', block: view, miniBlockCount })
    const waiters = this.#sealWaiters.splice(0)
    for (const waiter of waiters) {
      if (waiter.number <= record.number) waiter.resolve()
      else this.#sealWaiters.push(waiter)
    }
  }

  #rewind(rewind: Rewind): void {
    const { number, blockNumber: to, miniBlockCount, diff } = rewind
    const block = this.#newestOf(rewind)
    this.#emit({ kind: 'rewind', to, block, miniBlockCount, dropped: () => this.#blocksAfter(to) })
    this.#rewindHistory(rewind)
    this.#engine.applyDiff(diff)
    this.#unsealed.length = 0
    this.#emptyHead = undefined
    this.#cache.removeAfter(to)
    this.#written.removeAfter(to)
    this.#states.engines.forget()
    this.#branch = number
    this.#newestSealed = block
    // Calls run in its environment until the next is opened.
    const environment = environmentOf(openBlockOf(block), this.#chain.schedule)
    this.#engine.beginBlock(environment, (ancestor) => this.#hashOf(ancestor))
    if (this.#durableNumber > to) this.#durableNumber = to
    this.#durableMark.rewound({ miniBlockNumber: number, blockNumber: to, newest: block.number })
    const miniBlock = this.#builder.rewind(rewind, block)
    this.miniBlocks.add(miniBlock)
    this.#settling = undefined
    // What they wait for is given up, or will never come.
    for (const { resolve } of this.#sealWaiters.splice(0)) resolve()
    this.#emit({ kind: 'miniBlock', miniBlock })
  }

  #rewindHistory(rewind: Rewind): void {
    const { number, blockNumber } = rewind
    const history = this.#history
    // History has followed later ones already.
    if (number < history.branch) return
    const isGap = blockNumber > this.sealedNumber
    if (number > history.branch) history.rewindTo(isGap ? -1n : blockNumber, number)
    for (const { header, transactions } of adoptedBlocks(rewind))
      history.append({
        ...{ number: headerOf(header).number, hash: keccak256(header), header, transactions },
        miniBlockCount: 0,
      })
  }

  #newestOf(rewind: Rewind): ViewBlock {
    const { blockNumber, header } = rewind
    const adopted = adoptedBlocks(rewind).at(-1)
    return adopted === undefined
      ? this.#viewOfKnown({ blockNumber, header })
      : viewOfSealedBlock(headerOf(header), keccak256(header), adopted.transactions)
  }

  /** A sealed block; without its transactions where history doesn't have it. */
  #viewOfKnown({ blockNumber, header }: { blockNumber: bigint; header: Uint8Array }): ViewBlock {
    const hash = keccak256(header)
    const known = this.#history.blockByNumber(blockNumber)
    return known !== undefined && equalBytes(known.hash, hash)
      ? viewOfRecord(known)
      : viewOfSealedBlock(headerOf(header), hash, new ExecutedTransactions())
  }

  *#blocksAfter(number: bigint): Generator<ViewBlock, void> {
    for (let next = number + 1n; next <= this.headNumber; next++) {
      const block = this.#blockByNumber(next)
      if (block !== undefined) yield block
    }
  }

  /** Whether history has, or had, the block that has this number now. */
  #hasHistory(number: bigint): boolean {
    return this.#branch < this.#history.branch || number <= (this.#history.headNumber ?? -1n)
  }

  #current(): UnsealedBlock {
    const block = this.#unsealed.at(-1)
    assert(block !== undefined, 'a record stands inside an open block')
    return block
  }

  // Blocks and transactions

  get headNumber(): bigint {
    for (let i = this.#unsealed.length - 1; i >= 0; i--) {
      const { view } = this.#unsealed[i]!
      if (view.transactions.length > 0) return view.number
    }
    return this.#newestSealed.number
  }

  get firstNumber(): bigint {
    return this.#history.firstNumber ?? this.#genesis.number
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

  /** What a rewind takes back changes from. */
  get restorable(): RestorableState {
    const view = this
    return {
      ...{ history: this.#history, unsealed: this.#unsealed },
      get sealedNumber() {
        return view.sealedNumber
      },
      get sealedPlace() {
        return view.sealedPlace
      },
      genesisNumber: this.#genesis.number,
      blockByNumber: (number) => this.#blockByNumber(number),
      account: (address) => this.#engine.getAccount(address),
      hasStorage: (address) => this.#engine.hasStorage(address),
      slot: (address, key) => this.#engine.getStorage(address, key),
      codeByHash: (hash) => this.#engine.getCodeByHash(hash),
    }
  }

  /** History has followed as far as this has. */
  get isAtHead(): boolean {
    const { branch, headNumber } = this.#history
    return branch === this.#branch && (headNumber ?? this.sealedNumber) === this.sealedNumber
  }

  get durableNumber(): bigint {
    return this.#durableNumber
  }

  /** See DurableMark.waitingSinceMs. */
  get undurableSinceMs(): number | undefined {
    return this.#durableMark.waitingSinceMs
  }

  getBlock(id: BlockId): ViewBlock | undefined {
    if ('number' in id) return this.#blockByNumber(id.number)
    if (equalBytes(id.hash, this.#chain.hash)) return this.#genesis
    const number = this.#history.numberByHash(id.hash)
    return number === undefined ? undefined : this.#blockByNumber(number)
  }

  getTransaction(hash: Uint8Array): { block: ViewBlock; index: number } | undefined {
    for (const unsealed of this.#unsealed) {
      const index = unsealed.view.transactions.indexOf(hash)
      // The block's bloom may lag: a transaction has its own.
      if (index >= 0) return { block: unsealed.view, index }
    }
    const location = this.#history.transactionLocation(hash)
    if (location === undefined) return undefined
    const block = this.#blockByNumber(location.blockNumber)
    return block === undefined ? undefined : { block, index: location.index }
  }

  getPooledTransaction(hash: Uint8Array): ViewPooledTransaction | undefined {
    return this.#links?.pool.get(hash)
  }

  pooledTransactions(): Iterable<ViewPooledTransaction> {
    return this.#links?.pool.all() ?? []
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
      const unsealed = this.#unsealed.find(({ view }) => view.number === next)
      if (unsealed === undefined) return
      const view = viewOf(unsealed)
      yield bloomMayMatch(view.logsBloom, query) ? { ...view, firstIndex: 0, logsBefore: 0 } : undefined
      next++
    }
  }

  promiseOf(blockNumber: bigint, index: number): TransactionPromise {
    return this.#durableMark.covers(blockNumber, index) ? 'durable' : 'executed'
  }

  /** Undefined of a block that isn't sealed. */
  #hashOf(number: bigint): Uint8Array | undefined {
    if (number + 1n === this.#genesis.number) return this.#genesis.parentHash
    if (number < this.#genesis.number) return this.#before?.blockHash(number)
    return number > this.sealedNumber ? undefined : this.#blockByNumber(number)?.hash
  }

  #blockByNumber(number: bigint): ViewBlock | undefined {
    const unsealed = this.#unsealed.find(({ view }) => view.number === number)
    // An open block without transactions doesn't exist yet for readers.
    if (unsealed !== undefined) return number <= this.headNumber ? viewOf(unsealed) : undefined
    // History may begin later.
    if (number === this.#genesis.number) return this.#genesis
    const cached = this.#cache.get(number)
    if (cached !== undefined) return cached
    const record = this.#history.blockByNumber(number)
    if (record === undefined) return undefined
    const view = viewOfRecord(record)
    this.#cache.set(view)
    return view
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
    await this.#whenSealed(blockNumber)
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
    if (this.#unsealed.at(-1)?.view.number === headNumber || this.#unsealed.length === 0) return undefined
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
    const complete = this.#unsealed.findLast(({ view, isClosed }) => isClosed || view.transactions.length > 0)
    if (complete === undefined) return undefined
    const { number } = complete.view
    if (this.#settling?.number !== number) this.#settling = { number, promise: this.#whenSealed(number) }
    return this.#settling.promise
  }

  #whenSealed(number: bigint): Promise<void> {
    if (number <= this.sealedNumber) return Promise.resolve()
    if (this.#sealWaiters.length >= SEALER_REQUEST_LIMIT) return Promise.reject(new SealerBusyError())
    return new Promise((resolve) => this.#sealWaiters.push({ number, resolve }))
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
    return nextBaseFee(this.#unsealed.at(-1)?.view ?? this.#newestSealed)
  }

  get remote(): RemoteView | undefined {
    return this.#links?.remote
  }

  get dev(): DevChain | undefined {
    return this.#links?.dev
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
