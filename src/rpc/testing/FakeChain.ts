import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import {
  bloomOfLogs,
  type ChainConfig,
  decodeReceipt,
  decodeTransaction,
  encodeReceipt,
  type Log,
  mergeBloom,
  recoverSender,
  type StateDiff,
  singleForkConfig,
  type Transaction,
} from '../../protocol/index.ts'
import type { BlockId, ChainEvent, ChainView, StatePoint, StateReader, ViewProof } from '../ChainView.ts'
import type { DevChain } from '../DevChain.ts'
import type { EvmStatus } from '../EvmStatus.ts'
import type { ExecutionView } from '../ExecutionView.ts'
import type { ListingView } from '../ListingView.ts'
import type { LogQuery } from '../LogQuery.ts'
import type { ViewMiniBlock } from '../MiniBlockView.ts'
import type { FollowingStatus, NodeStatus } from '../NodeStatus.ts'
import type { RemoteView } from '../RemoteView.ts'
import type { SimulationOutcome } from '../Simulation.ts'
import type { OutcomeReceiver, SubmitOutcome, TransactionIntake } from '../TransactionIntake.ts'
import type {
  TransactionPromise,
  ViewBlock,
  ViewBlockPart,
  ViewPooledTransaction,
  ViewTransaction,
} from '../ViewBlock.ts'
import type { CallOutcome, CallRequest } from '../ViewCall.ts'
import { FakeMiniBlocks } from './FakeMiniBlocks.ts'
import { FakeTraces } from './FakeTraces.ts'

type FakeBlock = ViewBlock & { transactions: ViewTransaction[] }

/**
 * A chain in memory for tests of rpc: blocks are pushed or grow by `submit`, which executes nothing: every transaction
 * costs 21,000 gas and has the scripted logs. Calls are answered by `onCall`.
 */
export class FakeChain implements ChainView {
  readonly chainId = 31337n
  readonly config: ChainConfig = singleForkConfig({
    chainId: 31337n,
    fork: 'Osaka',
    depositContract: new Uint8Array(20),
  })
  readonly genesisHash: Uint8Array = new Uint8Array(32)
  readonly clientVersion = 'leveret/test'
  blocks: FakeBlock[] = [makeBlock(0n, true)]
  durableNumber = 0n
  readonly branch = 0n
  /** Of the block behind. */
  durableTransactions = 0
  balances: Map<string, bigint> = new Map()
  nonces: Map<string, bigint> = new Map()
  codes: Map<string, Uint8Array> = new Map()
  pooled: Map<string, ViewPooledTransaction> = new Map()
  calls: CallRequest[] = []
  onCall: (request: CallRequest) => CallOutcome = () => ({
    status: 'success',
    output: new Uint8Array(0),
    gasUsed: 21_000n,
  })
  /** What the next submission is answered with instead of being executed. */
  onSubmit: ((raw: Uint8Array) => Promise<SubmitOutcome | undefined> | SubmitOutcome | undefined) | undefined
  logsOfNext: Log[] = []
  diffOfNext: StateDiff = { accounts: [], slots: [], codes: [] }
  readonly miniBlocks: FakeMiniBlocks = new FakeMiniBlocks()
  readonly traces: FakeTraces = new FakeTraces()
  dev: DevChain | undefined
  remote: RemoteView | undefined
  following: FollowingStatus | undefined
  settled: Promise<void> | undefined
  failNext = false
  status: EvmStatus = {
    tier: 'interpreter',
    sequencer: idleEngine(),
    view: idleEngine(),
    compiler: undefined,
    parallel: undefined,
    contracts: [],
  }
  readonly listeners: Set<(event: ChainEvent) => void> = new Set()
  readonly intake: FakeIntake = new FakeIntake((raw) => this.submit(raw))

  firstNumber = 0n
  firstStateNumber = 0n

  get headNumber(): bigint {
    return this.blocks.at(-1)!.number
  }

  get sealedNumber(): bigint {
    return this.blocks.findLast((block) => block.hash !== undefined)!.number
  }

  getBlock(id: BlockId): ViewBlock | undefined {
    if ('number' in id) return this.blocks.find((block) => block.number === id.number)
    const hash = bytesToHex(id.hash)
    return this.blocks.find((block) => block.hash !== undefined && bytesToHex(block.hash) === hash)
  }

  getTransaction(hash: Uint8Array): { block: ViewBlock; index: number } | undefined {
    const wanted = bytesToHex(hash)
    for (const block of this.blocks) {
      const index = block.transactions.findIndex((transaction) => bytesToHex(transaction.hash) === wanted)
      if (index >= 0) return { block, index }
    }
    return undefined
  }

  getPooledTransaction(hash: Uint8Array): ViewPooledTransaction | undefined {
    return this.pooled.get(bytesToHex(hash))
  }

  pooledTransactions(): Iterable<ViewPooledTransaction> {
    return this.pooled.values()
  }

  /** Transaction by transaction, whatever is asked for. */
  *findLogs(_: LogQuery, from: bigint, to: bigint): Iterable<ViewBlockPart | undefined> {
    for (const { number, hash, timestamp, transactions } of this.blocks) {
      if (number < from || number > to) continue
      yield undefined
      let logsBefore = 0
      for (const [firstIndex, transaction] of transactions.entries()) {
        yield { number, hash, timestamp, firstIndex, logsBefore, transactions: [transaction] }
        const decoded = decodeReceipt(transaction.receipt)
        logsBefore += decoded.ok ? decoded.receipt.logs.length : 0
      }
    }
  }

  promiseOf(blockNumber: bigint, index: number): TransactionPromise {
    const isDurable = blockNumber <= this.durableNumber || index < this.durableTransactions
    return isDurable ? 'durable' : 'executed'
  }

  stateAt(point: StatePoint): StateReader | undefined {
    if (point !== 'latest') return undefined
    return {
      balance: (address) => this.balances.get(bytesToHex(address)) ?? 0n,
      nonce: (address) => this.nonces.get(bytesToHex(address)) ?? 0n,
      code: (address) => this.codes.get(bytesToHex(address)) ?? new Uint8Array(0),
      storage: (_, key) => key,
    }
  }

  async getProof(_: Uint8Array, keys: Uint8Array[], blockNumber: bigint): Promise<ViewProof | undefined> {
    if (blockNumber + 1n < this.headNumber) return undefined
    return {
      nonce: 1n,
      balance: 2n,
      codeHash: new Uint8Array(32).fill(3),
      storageHash: new Uint8Array(32).fill(4),
      accountProof: [Uint8Array.of(0xc0)],
      storageProof: keys.map((key) => ({
        key,
        value: Uint8Array.of(0x01, 0x02),
        proof: [Uint8Array.of(0x80)],
      })),
    }
  }

  /** A state of which nothing is kept. */
  readonly listing: ListingView = {
    accounts: async () => undefined,
    storage: async () => undefined,
    modified: async () => undefined,
    roots: async () => undefined,
  }

  readonly execution: ExecutionView = {
    series: ({ blockNumber }, use) =>
      blockNumber === this.headNumber
        ? use({ override: () => undefined, perform: (request) => this.call(request) })
        : undefined,
    createAccessList: async (request, blockNumber) =>
      blockNumber === this.headNumber
        ? { accessList: request.accessList, outcome: this.call(request) }
        : undefined,
    witness: async () => undefined,
  }

  callAt(request: CallRequest, blockNumber: bigint): CallOutcome | undefined {
    return blockNumber === this.headNumber ? this.call(request) : undefined
  }

  call(request: CallRequest): CallOutcome {
    this.calls.push(request)
    return this.onCall(request)
  }

  async simulate(): Promise<SimulationOutcome> {
    return { kind: 'refused', code: -32000, message: 'nothing is simulated here' }
  }

  pendingNonce(address: Uint8Array): bigint {
    return (this.nonces.get(bytesToHex(address)) ?? 0n) + BigInt(this.pooled.size)
  }

  async submit(raw: Uint8Array): Promise<SubmitOutcome> {
    const scripted = await this.onSubmit?.(raw)
    if (scripted !== undefined) return scripted
    const decoded = decodeTransaction(raw)
    if (!decoded.ok) return { kind: 'refused', code: decoded.code, message: decoded.message }
    const sender = recoverSender(decoded.transaction)
    if (sender === undefined) return { kind: 'refused', code: 'bad signature', message: 'invalid sender' }
    const executed = this.execute(raw, decoded.transaction, sender)
    return { kind: 'executed', hash: executed.hash }
  }

  nextBaseFee(): bigint {
    return 875_000_000n
  }

  nodeStatus(): NodeStatus {
    return this.following === undefined
      ? { role: 'sequencer', following: undefined }
      : { role: 'replica', following: this.following }
  }

  async network(): Promise<[]> {
    return []
  }

  evmStatus(): EvmStatus {
    return this.status
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  emit(event: ChainEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  /** Appends to the open block, opening one if there is none, and tells the listeners. */
  execute(raw: Uint8Array, transaction: Transaction, sender: Uint8Array): ViewTransaction {
    if (this.blocks.at(-1)!.hash !== undefined) this.blocks.push(makeBlock(this.headNumber + 1n, false))
    const block = this.blocks.at(-1)!
    block.gasUsed += 21_000n
    const bloom = bloomOfLogs(this.logsOfNext)
    const receipt = encodeReceipt({
      type: transaction.type,
      status: this.failNext ? 0 : 1,
      cumulativeGasUsed: block.gasUsed,
      bloom,
      logs: this.logsOfNext,
    })
    mergeBloom(block.logsBloom, bloom)
    const executed = { hash: keccak256(raw), sender, raw, receipt }
    block.transactions.push(executed)
    const key = bytesToHex(sender)
    this.nonces.set(key, transaction.nonce + 1n)
    const firstTransactionIndex = block.transactions.length - 1
    const miniBlockNumber = this.miniBlocks.open.number
    this.miniBlocks.executed(block, firstTransactionIndex, this.diffOfNext)
    this.emit({ kind: 'executed', block, firstTransactionIndex, count: 1, miniBlockNumber })
    return executed
  }

  /** Gives up the blocks above one. */
  rewind(to: bigint): void {
    const block = this.blocks.find(({ number }) => number === to)!
    const dropped = () => this.blocks.filter(({ number }) => number > to)
    this.emit({ kind: 'rewind', to, block, miniBlockCount: 1, dropped })
    this.blocks = this.blocks.filter(({ number }) => number <= to)
  }

  /** Seals what was executed since the last time. */
  sealMiniBlock(): ViewMiniBlock {
    const miniBlock = this.miniBlocks.seal()
    this.emit({ kind: 'miniBlock', miniBlock })
    return miniBlock
  }

  /** Seals the open block. */
  seal(): ViewBlock {
    const block = this.blocks.at(-1)!
    block.hash = keccak256(Uint8Array.of(Number(block.number)))
    this.durableNumber = block.number
    const head = { block, miniBlockCount: 3 }
    this.miniBlocks.head(head)
    this.emit({ kind: 'sealed', ...head })
    return block
  }
}

/** That of a follower which is so far behind. */
export function followingStatus(lag: Pick<FollowingStatus, 'lagMiniBlocks' | 'lagMs'>): FollowingStatus {
  return {
    ...{ source: 'tcp://127.0.0.1:1', sources: [], signer: new Uint8Array(20), epoch: 0n, ...lag },
    ...{ entries: 0, bytes: 0, bytesPerSecond: 0, peerEntries: 0, lies: 0 },
  }
}

function idleEngine(): EvmStatus['view'] {
  return {
    interpretedGas: 0n,
    compiledGas: 0n,
    compiledCodes: 0n,
    refusedCodes: 0n,
    pendingCodes: 0n,
    droppedRequests: 0n,
    compileMs: 0,
  }
}

function makeBlock(number: bigint, sealed: boolean): FakeBlock {
  const zero = new Uint8Array(32)
  return {
    number,
    hash: sealed ? keccak256(Uint8Array.of(Number(number))) : undefined,
    parentHash: zero,
    timestamp: 1_700_000_000n + number,
    coinbase: new Uint8Array(20),
    gasLimit: 10_000_000_000n,
    gasUsed: 0n,
    baseFeePerGas: 1_000_000_000n,
    prevRandao: zero,
    extraData: new TextEncoder().encode('leveret'),
    logsBloom: new Uint8Array(256),
    stateRoot: zero,
    transactionsRoot: zero,
    receiptsRoot: zero,
    withdrawalsRoot: zero,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zero,
    requestsHash: zero,
    header: undefined,
    size: sealed ? 600 : 0,
    transactions: [],
  }
}

/** Submits one by one; a test may say that it is full. */
export class FakeIntake implements TransactionIntake {
  readonly #submit: (raw: Uint8Array) => Promise<SubmitOutcome>
  readonly #waiting: (() => void)[] = []
  #isFull = false

  constructor(submit: (raw: Uint8Array) => Promise<SubmitOutcome>) {
    this.#submit = submit
  }

  get isFull(): boolean {
    return this.#isFull
  }

  set isFull(value: boolean) {
    this.#isFull = value
    if (!value) for (const callback of this.#waiting.splice(0)) callback()
  }

  submit(raw: Uint8Array, receiver: OutcomeReceiver, position: number): void {
    void this.#submit(raw).then((outcome) => receiver.settle(position, outcome))
  }

  whenRoom(callback: () => void): void {
    this.#waiting.push(callback)
  }
}
