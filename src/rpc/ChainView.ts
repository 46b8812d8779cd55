import type { ChainConfig, Header, Transaction } from '../protocol/index.ts'
import type { DevChain } from './DevChain.ts'
import type { ExecutionView } from './ExecutionView.ts'
import type { MiniBlockView, ViewHead, ViewMiniBlock } from './MiniBlockView.ts'
import type { NetworkMember } from './NetworkMember.ts'
import type { NodeStatus } from './NodeStatus.ts'
import type { RemoteView } from './RemoteView.ts'
import type { SimulationOutcome, SimulationRequest } from './Simulation.ts'
import type { TraceView } from './TraceView.ts'
import type { TransactionIntake } from './TransactionIntake.ts'

/**
 * What JSON-RPC reads and does. `node` adapts the sequencer's or a replica's chain to it; everything that rpc needs
 * of the rest of the system is here.
 *
 * Numbers are bigint, byte strings Uint8Array. `latest` and `pending` mean the newest acknowledged execution step.
 */
export interface ChainView {
  readonly chainId: bigint
  /** When its rules change. */
  readonly config: ChainConfig
  /** Hash of block 0. */
  readonly genesisHash: Uint8Array
  readonly clientVersion: string
  /** Number of the newest EVM block that holds something: the open one once it has a transaction, else the last sealed. */
  readonly headNumber: bigint
  /** Number of the oldest block that is kept. The genesis block always is, without those between. */
  readonly firstNumber: bigint
  /** Number of the oldest block after which the state can be read. */
  readonly firstStateNumber: bigint
  /** Number of the newest EVM block whose header is sealed. */
  readonly sealedNumber: bigint
  /** Number of the newest EVM block whose log records are synced to disk. */
  readonly durableNumber: bigint
  /** Number of the mini-block that the newest rewind was; 0: there was none. Since then blocks' numbers are told anew. */
  readonly branch: bigint
  /** What holds now for the transaction at `index` of a block that the view has. */
  promiseOf(blockNumber: bigint, index: number): TransactionPromise

  getBlock(id: BlockId): ViewBlock | undefined
  getTransaction(hash: Uint8Array): { block: ViewBlock; index: number } | undefined
  /** A transaction that waits in the pool. */
  getPooledTransaction(hash: Uint8Array): ViewPooledTransaction | undefined
  /** All that wait, in no order. */
  pooledTransactions(): Iterable<ViewPooledTransaction>
  /**
   * The parts of blocks from..to (inclusive) whose logs may match, in order; the caller filters the logs. Each step is
   * some bounded work, and gives undefined if it found nothing: others may have their turn between two steps.
   */
  findLogs(query: LogQuery, from: bigint, to: bigint): Iterable<ViewBlockPart | undefined>

  /** State readers of one point in the chain; undefined when that state is not kept. */
  stateAt(point: StatePoint): StateReader | undefined
  /** EIP-1186 proof at a sealed block; waits for the sealing of a block that is executed but not yet sealed. */
  getProof(address: Uint8Array, keys: Uint8Array[], blockNumber: bigint): Promise<ViewProof | undefined>
  /**
   * Executes on the state after a block, in its environment, without committing; at the head on the newest state. Never
   * throws for what the EVM does. Undefined when the state is not kept.
   *
   * @throws ExecutionError
   */
  callAt(request: CallRequest, blockNumber: bigint): CallOutcome | undefined

  /** Makes blocks on top of a kept one that nobody keeps (eth_simulateV1). */
  simulate(request: SimulationRequest): Promise<SimulationOutcome>
  readonly execution: ExecutionView

  /** Pool's next nonce of a sender, gaps not counted. */
  pendingNonce(address: Uint8Array): bigint
  /**
   * Validates, recovers, orders and executes (or queues) one transaction. Resolves once it is executed and in the log,
   * queued, or refused.
   */
  submit(raw: Uint8Array): Promise<SubmitOutcome>
  /** The same for many at once. */
  readonly intake: TransactionIntake
  /** Next EVM block's base fee, for eth_gasPrice and eth_feeHistory. */
  nextBaseFee(): bigint

  /** How bytecode has been run since the start. */
  evmStatus(): EvmStatus
  /** What the node is, and how far it is behind what it follows. */
  nodeStatus(): NodeStatus
  /** The nodes of the network of which this one was told, itself among them; none where it was told of none. */
  network(): Promise<readonly NetworkMember[]>

  readonly miniBlocks: MiniBlockView
  readonly traces: TraceView
  /** Resolves once a block that takes no more transactions has its header; undefined when there is none such. */
  readonly settled: Promise<void> | undefined
  /** Undefined of a chain that was not forked. */
  readonly remote: RemoteView | undefined
  /** Undefined of a chain that is not a developer's own. */
  readonly dev: DevChain | undefined
  /** Calls back on every event until the returned function is called. */
  subscribe(listener: (event: ChainEvent) => void): () => void
}

/**
 * What is promised of an executed transaction. `executed`: it is in the log, which the end of the process does not harm.
 * `durable`: the log is synced to disk up to its mini-block, so that the end of the machine does not either.
 */
export type TransactionPromise = 'executed' | 'durable'

/** Which logs: any of `addresses`, and at each position any of the topics; an empty list means all. */
export type LogQuery = { addresses: readonly Uint8Array[]; topics: readonly (readonly Uint8Array[])[] }

/** Some transactions that follow one another in a block. */
export type ViewBlockPart = Pick<ViewBlock, 'number' | 'hash' | 'timestamp'> & {
  /** Index of the first. */
  firstIndex: number
  /** Logs in the block before them. */
  logsBefore: number
  transactions: Iterable<ViewTransaction>
}

export type BlockId = { number: bigint } | { hash: Uint8Array }

export type StatePoint = 'latest' | { number: bigint }

export type StateReader = {
  balance(address: Uint8Array): bigint
  nonce(address: Uint8Array): bigint
  code(address: Uint8Array): Uint8Array
  storage(address: Uint8Array, key: Uint8Array): Uint8Array
}

export type ViewBlock = {
  number: bigint
  /** Undefined while the block is open or its root is not ready. */
  hash: Uint8Array | undefined
  parentHash: Uint8Array
  timestamp: bigint
  coinbase: Uint8Array
  gasLimit: bigint
  gasUsed: bigint
  baseFeePerGas: bigint
  prevRandao: Uint8Array
  extraData: Uint8Array
  logsBloom: Uint8Array
  /** Of an unsealed block: the newest sealed one's. */
  stateRoot: Uint8Array
  transactionsRoot: Uint8Array
  receiptsRoot: Uint8Array
  withdrawalsRoot: Uint8Array | undefined
  blobGasUsed: bigint | undefined
  excessBlobGas: bigint | undefined
  parentBeaconBlockRoot: Uint8Array | undefined
  requestsHash: Uint8Array | undefined
  /** As it is sealed; undefined until then. */
  header: Header | undefined
  /** Bytes of the RLP-encoded block; 0 while unsealed. */
  size: number
  transactions: ViewTransactions
}

/** In order; what `at` gives may be made anew each time. */
export type ViewTransactions = Iterable<ViewTransaction> & {
  readonly length: number
  at(index: number): ViewTransaction | undefined
  slice(first: number, end: number): Iterable<ViewTransaction>
}

export type ViewTransaction = {
  hash: Uint8Array
  sender: Uint8Array
  raw: Uint8Array
  /** EIP-2718 consensus receipt. */
  receipt: Uint8Array
}

export type ViewPooledTransaction = { hash: Uint8Array; sender: Uint8Array; raw: Uint8Array; tx: Transaction }

export type ViewProof = {
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
  storageHash: Uint8Array
  accountProof: Uint8Array[]
  storageProof: { key: Uint8Array; value: Uint8Array; proof: Uint8Array[] }[]
}

export type CallRequest = {
  from: Uint8Array
  to: Uint8Array | undefined
  gas: bigint
  value: bigint
  data: Uint8Array
  /** Wei per gas the sender is charged in BASEFEE/GASPRICE terms; zero when not given. */
  gasPrice: bigint
  accessList: { address: Uint8Array; storageKeys: Uint8Array[] }[]
  /**
   * EIP-7702 delegations in force during the call: authority → delegate. One that is void has no authority: it only
   * costs.
   */
  authorizations: { authority: Uint8Array | undefined; delegate: Uint8Array }[]
  stateOverrides: StateOverride[]
  blockOverrides: BlockOverrides
}

export type StateOverride = {
  address: Uint8Array
  balance?: bigint
  nonce?: bigint
  code?: Uint8Array
  /** The precompile that is at `address` moves there. */
  movePrecompileTo?: Uint8Array
  /** Replaces the whole storage. */
  state?: { key: Uint8Array; value: Uint8Array }[]
  /** Replaces single slots. */
  stateDiff?: { key: Uint8Array; value: Uint8Array }[]
}

export type BlockOverrides = {
  number?: bigint
  time?: bigint
  gasLimit?: bigint
  feeRecipient?: Uint8Array
  prevRandao?: Uint8Array
  baseFeePerGas?: bigint
  blobBaseFee?: bigint
  /** Of blocks that are simulated: parentBeaconBlockRoot. */
  beaconRoot?: Uint8Array
}

export type CallOutcome = {
  status: 'success' | 'revert' | 'halt' | 'invalid'
  /** Return data, or revert data. */
  output: Uint8Array
  /** Whole transaction: intrinsic gas included, refund and calldata floor applied. */
  gasUsed: bigint
  /** EVM halt (`OutOfGas`, …) or why the call is not valid (`insufficient funds for gas * price + value: …`). */
  error?: string
  /** Address of a created contract. */
  created?: Uint8Array
}

export type SubmitOutcome =
  | { kind: 'executed'; hash: Uint8Array }
  | { kind: 'queued'; hash: Uint8Array; expectedNonce: bigint }
  /** `message` is geth's wording, e.g. `nonce too low: address 0x…, tx: 3 state: 5`. */
  | { kind: 'refused'; code: string; message: string; hash?: Uint8Array }

/** How bytecode has been run since the start. */
export type EvmStatus = {
  /** `interpreter`, `compiled` or `auto`. */
  tier: string
  /** Executes transactions. */
  sequencer: EvmEngineStatus
  /** Executes calls. */
  view: EvmEngineStatus
  /** The service that compiles hot code beside execution; undefined where the tier has none. */
  compiler: EvmCompilerStatus | undefined
  /** Threads that execute ahead of the sequencer's engine; undefined where there are none. */
  parallel: EvmParallelStatus | undefined
  /** What became hot last, newest first, 50 at most. */
  contracts: CompiledContract[]
}

export type EvmEngineStatus = {
  interpretedGas: bigint
  compiledGas: bigint
  /** Codes that run compiled. */
  compiledCodes: bigint
  /** Codes that the compiler won't have. */
  refusedCodes: bigint
  /** Codes that were asked for and haven't come yet. */
  pendingCodes: bigint
  /** Requests that were not made because too many were pending. */
  droppedRequests: bigint
  /** Spent on the engine's own thread. */
  compileMs: number
}

export type EvmParallelStatus = {
  /** That execute transactions, the sequencer's own included. */
  threads: number
  /** `auto`: where it is faster; `always`. */
  mode: string
  parallelBatches: bigint
  serialBatches: bigint
  /** Transactions that were executed ahead, and committed as they were. */
  committed: bigint
  /** Those that had read what another has changed meanwhile: executed again. */
  conflicted: bigint
  /** Those whose turn came while they were being executed ahead, and that took too long. */
  overtaken: bigint
  /** Those that threads left to the sequencer. */
  notSpeculated: bigint
  /** Those whose turn came before a thread's. */
  unclaimed: bigint
}

export type EvmCompilerStatus = {
  memoryHits: bigint
  diskHits: bigint
  compiledCodes: bigint
  refusedCodes: bigint
  /** Files of the disk cache that were deleted because they were damaged. */
  damagedFiles: bigint
  compileMs: number
  /** Of all modules that were made or read. */
  wasmBytes: bigint
}

export type CompiledContract = {
  codeHash: Uint8Array
  fork: string
  codeBytes: number
  wasmBytes: number
  compileMs: number
}

export type ChainEvent =
  /** Some transactions were executed: visible at `latest` from now on. */
  | {
      kind: 'executed'
      block: ViewBlock
      firstTransactionIndex: number
      count: number
      miniBlockNumber: bigint
    }
  | { kind: 'miniBlock'; miniBlock: ViewMiniBlock }
  | ({ kind: 'sealed' } & ViewHead)
  /**
   * All blocks above `to` are given up, and `block` is the newest then. `dropped`: those that show; they can be read until
   * this is told.
   */
  | ({ kind: 'rewind'; to: bigint; dropped: () => Iterable<ViewBlock> } & ViewHead)
  | { kind: 'queued'; hash: Uint8Array }
  /** The durable mark moved: to the end of a mini-block, and to the newest block whose header it covers. */
  | { kind: 'durable'; blockNumber: bigint; miniBlockNumber: bigint }

export type RewindEvent = Extract<ChainEvent, { kind: 'rewind' }>
