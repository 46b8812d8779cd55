import type { ChainConfig } from '../protocol/index.ts'
import type { DevChain } from './DevChain.ts'
import type { EvmStatus } from './EvmStatus.ts'
import type { ExecutionView } from './ExecutionView.ts'
import type { ListingView } from './ListingView.ts'
import type { LogQuery } from './LogQuery.ts'
import type { MiniBlockView, ViewHead, ViewMiniBlock } from './MiniBlockView.ts'
import type { NetworkMember } from './NetworkMember.ts'
import type { NodeStatus } from './NodeStatus.ts'
import type { RemoteView } from './RemoteView.ts'
import type { SimulationOutcome, SimulationRequest } from './Simulation.ts'
import type { TraceView } from './TraceView.ts'
import type { SubmitOutcome, TransactionIntake } from './TransactionIntake.ts'
import type { TransactionPromise, ViewBlock, ViewBlockPart, ViewPooledTransaction } from './ViewBlock.ts'
import type { CallOutcome, CallRequest } from './ViewCall.ts'

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
  readonly listing: ListingView

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

export type BlockId = { number: bigint } | { hash: Uint8Array }

export type StatePoint = 'latest' | { number: bigint }

export type StateReader = {
  balance(address: Uint8Array): bigint
  nonce(address: Uint8Array): bigint
  code(address: Uint8Array): Uint8Array
  storage(address: Uint8Array, key: Uint8Array): Uint8Array
}

export type ViewProof = {
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
  storageHash: Uint8Array
  accountProof: Uint8Array[]
  storageProof: { key: Uint8Array; value: Uint8Array; proof: Uint8Array[] }[]
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
