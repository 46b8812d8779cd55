/** A sequencer whose transactions tell themselves what they cost. */
import assert from 'node:assert/strict'
import { type LogRecord, readFrames } from '../../feed/index.ts'
import { EMPTY_BYTES, ManualClock } from '../../lib/index.ts'
import {
  type BlockEnv,
  decodeStateDiff,
  decodeTransaction,
  EMPTY_CODE_HASH,
  type ExecutedTransaction,
  ExecutedTransactions,
  encodePrepared,
  encodeReceipt,
  encodeStateDiff,
  encodeTransaction,
  FORK_RULES,
  type MiningMode,
  readPrepared,
} from '../../protocol/index.ts'
import { ChainTail } from '../ChainTail.ts'
import type { BatchOutcome, ExecutionEngine, ExecutionStop, SystemCalls } from '../ExecutionEngine.ts'
import { type PooledTransaction, pooledTransaction } from '../PooledTransaction.ts'
import { Sequencer, type SequencerStep } from '../Sequencer.ts'
import { TransactionPool } from '../TransactionPool.ts'

const GWEI = 10n ** 9n
const EMPTY_DIFF = encodeStateDiff({ accounts: [], slots: [], codes: [] })
export const GENESIS_HASH: Uint8Array = new Uint8Array(32).fill(7)
export const NOTHING: SequencerStep = {
  ...{ frames: EMPTY_BYTES, frameCount: 0 },
  ...{ executed: [], queued: [], refused: [], dropped: [] },
  commanded: [],
}

type StartOptions = {
  miniBlockMs?: number
  blockMs?: number
  mining?: MiningMode
  startMs?: number
  gasLimit?: bigint
  baseFee?: bigint
  tail?: ChainTail
}

export function start(options: StartOptions = {}): {
  sequencer: Sequencer
  clock: ManualClock
  engine: FakeEngine
  step: SequencerStep
} {
  const clock = new ManualClock(options.startMs ?? 10_000)
  const engine = new FakeEngine()
  const system: SystemCalls = {
    storeBeaconRoot: () => {},
    storeParentHash: () => engine.change(),
    collectRequests: () => [],
  }
  const sequencer = new Sequencer({
    engine,
    system,
    pool: new TransactionPool(),
    tail: options.tail ?? newTail(options),
    clock,
    randomness: () => new Uint8Array(32),
    schedule: {
      chainId: 1n,
      coinbase: new Uint8Array(20),
      gasLimit: options.gasLimit ?? 30_000_000n,
      forkAt: () => 'Osaka',
      isIsthmusAt: () => false,
      blobScheduleAt: () => FORK_RULES.Osaka.blobSchedule,
    },
    mining: options.mining ?? { kind: 'interval', ms: options.blockMs ?? 1000 },
    isDev: options.mining !== undefined,
    miniBlockMs: options.miniBlockMs ?? 10,
    epoch: 0n,
  })
  return { sequencer, clock, engine, step: sequencer.takeStep()! }
}

export function newTail({ gasLimit = 30_000_000n, baseFee = 0n }: StartOptions = {}): ChainTail {
  const genesis = {
    number: 0n,
    timestamp: 0n,
    gasLimit,
    gasUsed: gasLimit / 2n,
    baseFeePerGas: baseFee,
    excessBlobGas: 0n,
    blobGasUsed: 0n,
  }
  return ChainTail.ofGenesis(genesis, GENESIS_HASH)
}

/** Executes by nonce alone; what a transaction costs and reads is told by the transaction itself. */
class FakeEngine implements ExecutionEngine {
  readonly #nonces = new Map<number, bigint>()
  readonly #chunk: ExecutedTransaction[] = []
  #env: BlockEnv | undefined
  #isParentKnown = false
  #changed = false
  cumulativeGasUsed = 0n

  getAccount(address: Uint8Array): { nonce: bigint; balance: bigint; codeHash: Uint8Array } {
    return { nonce: this.#nonces.get(address[0]!) ?? 0n, balance: 10n ** 24n, codeHash: EMPTY_CODE_HASH }
  }

  hasStorage(): boolean {
    return false
  }

  applyDiff(diff: Uint8Array): void {
    const decoded = decodeStateDiff(diff)
    assert.ok(decoded.ok)
    for (const { address, nonce } of decoded.diff.accounts) this.#nonces.set(address[0]!, nonce)
  }

  beginBlock(env: BlockEnv, blockHash: (number: bigint) => Uint8Array | undefined): void {
    this.#env = env
    this.#isParentKnown = blockHash(env.number - 1n) !== undefined
    this.cumulativeGasUsed = 0n
  }

  parentHashKnown(): void {
    this.#isParentKnown = true
  }

  executeBatch(entries: Uint8Array, limits: { transactions: number; gas: bigint }): BatchOutcome {
    const gasLimit = this.cumulativeGasUsed + limits.gas
    let [executed, bytesTaken] = [0, 0]
    while (
      bytesTaken < entries.length &&
      executed < limits.transactions &&
      this.cumulativeGasUsed < gasLimit
    ) {
      const { transaction, end } = readPrepared(entries, bytesTaken)
      const stop = this.#execute(pooledTransaction(transaction))
      if (stop !== undefined) return { executed, bytesTaken, stop }
      executed++
      bytesTaken = end
    }
    return { executed, bytesTaken, stop: undefined }
  }

  #execute({
    raw,
    sender,
    hash,
    nonce,
    gasLimit,
    maxFeePerGas,
  }: PooledTransaction): ExecutionStop | undefined {
    const { gasUsed, readsParentHash } = orderOf(raw)
    if (readsParentHash && !this.#isParentKnown) return { kind: 'needsParentHash' }
    const { gasLimit: blockGas, baseFeePerGas } = this.#env!
    const isValid =
      nonce === this.getAccount(sender).nonce &&
      maxFeePerGas >= baseFeePerGas &&
      gasLimit <= blockGas - this.cumulativeGasUsed
    if (!isValid)
      return { kind: 'invalid', code: 'TransactionException.FAKE', message: 'refused by the engine' }
    this.cumulativeGasUsed += gasUsed
    this.#nonces.set(sender[0]!, nonce + 1n)
    this.change()
    const bloom = new Uint8Array(256)
    const { cumulativeGasUsed } = this
    const receipt = encodeReceipt({ type: 2, status: 1, cumulativeGasUsed, bloom, logs: [] })
    this.#chunk.push({ sender, hash, raw, receipt })
    return undefined
  }

  takeChunk(): { count: number; transactions: Uint8Array } {
    const transactions = ExecutedTransactions.of(this.#chunk.splice(0))
    return { count: transactions.length, transactions: transactions.bytes() }
  }

  change(): void {
    this.#changed = true
  }

  viewDiff(): Uint8Array {
    if (!this.#changed) return EMPTY_DIFF
    this.#changed = false
    const slot = { address: new Uint8Array(20), key: new Uint8Array(32), value: new Uint8Array(32) }
    return encodeStateDiff({ accounts: [], slots: [slot], codes: [] })
  }
}

export function transaction(fields: {
  sender?: number
  nonce?: bigint
  gasLimit?: bigint
  maxFeePerGas?: bigint
  maxPriorityFeePerGas?: bigint
  gasUsed?: bigint
  readsParentHash?: boolean
}): PooledTransaction {
  const data = new Uint8Array(9)
  new DataView(data.buffer).setBigUint64(0, fields.gasUsed ?? 21_000n)
  data[8] = fields.readsParentHash === true ? 1 : 0
  const { maxFeePerGas = 2n * GWEI } = fields
  const raw = encodeTransaction({
    ...{ type: 2, chainId: 1n, to: new Uint8Array(20), value: 0n, data, accessList: [] },
    ...{ nonce: fields.nonce ?? 0n, gasLimit: fields.gasLimit ?? 21_000n, yParity: 0, r: 1n, s: 1n },
    maxFeePerGas,
    maxPriorityFeePerGas: fields.maxPriorityFeePerGas ?? (maxFeePerGas < GWEI ? maxFeePerGas : GWEI),
  })
  return pooledTransaction({ raw, sender: new Uint8Array(20).fill(fields.sender ?? 1), authorities: [] })
}

/** What a transaction's data say of it. */
function orderOf(raw: Uint8Array): { gasUsed: bigint; readsParentHash: boolean } {
  const decoded = decodeTransaction(raw)
  assert.ok(decoded.ok)
  const { data } = decoded.transaction
  return {
    gasUsed: new DataView(data.buffer, data.byteOffset).getBigUint64(0),
    readsParentHash: data[8] === 1,
  }
}

export function submit(sequencer: Sequencer, ...transactions: PooledTransaction[]): SequencerStep {
  sequencer.submit([{ firstTicket: 0, count: transactions.length, entries: encodePrepared(transactions) }])
  return sequencer.takeStep() ?? NOTHING
}

/** By ticket. */
export function answers({ executed, queued, refused }: SequencerStep): string[] {
  const byTicket: string[] = []
  for (const { first, count } of executed)
    for (let ticket = first; ticket < first + count; ticket++) byTicket[ticket] = 'executed'
  for (const { ticket, expectedNonce } of queued) byTicket[ticket] = `queued behind ${expectedNonce}`
  for (const { ticket, message } of refused) byTicket[ticket] = message
  return byTicket.filter((answer) => answer !== undefined)
}

export function seal(sequencer: Sequencer, number: bigint): void {
  sequencer.setHeader({ kind: 'sealHeader', number, header: Uint8Array.of(Number(number)) })
}

export function records(step: SequencerStep | undefined): LogRecord[] {
  return Array.from(readFrames(step?.frames ?? EMPTY_BYTES), ({ record }) => record)
}

export function kinds(step: SequencerStep | undefined): string[] {
  return records(step).map(({ kind }) => kind)
}
