/**
 * The engine alone, on one thread: no RPC, no signatures, no disk.
 *
 * - Whole transactions: validation, execution, receipt with bloom, transaction hash, state diff (taken every
 *   {@link CHUNK} transactions, as the sequencer does).
 * - Single executions: the workloads of ../shared/bench, gas and output compared with what other engines recorded.
 */
import { crc32 } from 'node:zlib'
import { Engine } from '../src/execution/index.ts'
import { fromBigInt, Prng } from '../src/lib/index.ts'
import { type Bench, type BenchContext, geometricMean, measure } from './harness.ts'
import { runOnEthereumjs } from './lib/ethereumjs.ts'
import { Ledger, type PreparedTransaction } from './lib/Ledger.ts'
import { etherTransfers, type Shape, swaps, tokenTransfers } from './lib/transfers.ts'
import { outcomeText, type PeerRecord, readPeers, readWorkloads, type Workload } from './lib/workloads.ts'

export const bench: Bench = {
  name: 'engine',
  summary: 'transactions/s and Mgas/s of the engine alone, on one thread',
  options: {
    only: { type: 'string', help: 'transactions or workloads (default: both)' },
    workload: {
      type: 'string',
      help: 'a workload file or a folder of them (default ../shared/bench/workloads)',
    },
    peers: { type: 'boolean', help: 'run @ethereumjs/evm beside (about 100 times slower)' },
  },
  async run(context) {
    if (context.options.only !== 'workloads') await benchTransactions(context)
    if (context.options.only !== 'transactions') await benchWorkloads(context)
  },
}

/** Transactions between two state diffs. */
const CHUNK = 100
const CONTRACT = fromBigInt(0xc0den, 20)
const CALLER = fromBigInt(0xca11n, 20)
const NO_AUTHORITIES: undefined[] = []
const BASE_GAS = 21_000n
const GAS_PER_ZERO_BYTE = 4n
const GAS_PER_NONZERO_BYTE = 16n
/** Peers take seconds for what takes milliseconds here: longer workloads are left out. */
const PEER_GAS_LIMIT = 40_000_000n

type TransactionCase = {
  name: string
  build: (ledger: Ledger, shape: Shape) => PreparedTransaction[]
  senders: number
  count: number
}

const TRANSACTION_CASES: TransactionCase[] = [
  { name: 'ether transfer, 1,000 accounts', build: etherTransfers, senders: 1_000, count: 100_000 },
  { name: 'erc-20 transfer, 1,000 holders', build: tokenTransfers, senders: 1_000, count: 100_000 },
  { name: 'erc-20 transfer, 200,000 holders', build: tokenTransfers, senders: 200_000, count: 100_000 },
  { name: 'uniswap v2 swap, 1,000 traders', build: swaps, senders: 1_000, count: 20_000 },
]

async function benchTransactions(context: BenchContext): Promise<void> {
  const engine = new Engine()
  for (const { name, build, senders, count } of TRANSACTION_CASES) {
    const divisor = context.tiny ? 100 : 1
    const shape = { senders: Math.ceil(senders / divisor), count: Math.ceil(count / divisor) }
    let gas = 0n
    const timing = await measure({
      repeats: context.repeats,
      prepare: () => {
        engine.reset()
        const ledger = new Ledger(engine)
        const transactions = build(ledger, { ...shape, random: new Prng(context.seed) })
        ledger.engine.takeDiff()
        return { ledger, transactions }
      },
      work: ({ ledger, transactions }) => {
        const before = ledger.engine.cumulativeGasUsed
        const checksum = executeAll(ledger.engine, transactions)
        gas = ledger.engine.cumulativeGasUsed - before
        return `${checksum.toString(16)} (${gas} gas)`
      },
    })
    const perSecond = shape.count / (timing.medianMs / 1000)
    context.report({
      case: name,
      metric: 'transactions',
      value: perSecond,
      unit: '1/s',
      checksum: timing.checksum,
    })
    context.report({ case: name, metric: 'gas', value: Number(gas) / timing.medianMs / 1000, unit: 'Mgas/s' })
  }
}

/** Executes in chunks. The checksum covers every diff. */
function executeAll(engine: Engine, transactions: PreparedTransaction[]): number {
  let checksum = 0
  for (let start = 0; start < transactions.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, transactions.length)
    for (let i = start; i < end; i++) {
      const { raw, sender } = transactions[i]!
      const outcome = engine.executeTransaction(raw, sender, NO_AUTHORITIES)
      if (outcome.kind !== 'executed' || outcome.status !== 1)
        throw new WorkloadError(`transaction ${i}`, 'success', outcome.kind)
    }
    checksum = crc32(engine.takeDiff(), checksum)
  }
  return checksum
}

async function benchWorkloads(context: BenchContext): Promise<void> {
  const path = context.options.workload as string | undefined
  const workloads = readWorkloads(path).filter(({ gas }) => !context.tiny || gas > 0n)
  const peers = readPeers(path)
  const ratios: Record<'evmone' | 'revm', number[]> = { evmone: [], revm: [] }
  const speeds: number[] = []
  const engine = new Engine()
  for (const workload of context.tiny ? workloads.slice(0, 2) : workloads) {
    const { ms, mgasPerSecond, gasUsed, checksum } = await benchWorkload(
      context,
      engine,
      workload,
      peers[workload.name],
    )
    const record = peers[workload.name]
    if (mgasPerSecond > 0 && record?.evmone_baseline_ms) ratios.evmone.push(ms / record.evmone_baseline_ms)
    if (mgasPerSecond > 0 && record?.revm_ms) ratios.revm.push(ms / record.revm_ms)
    if (mgasPerSecond > 0) speeds.push(mgasPerSecond)
    if (context.options.peers && gasUsed <= PEER_GAS_LIMIT) await benchPeer(context, workload, checksum)
  }
  if (speeds.length > 0) {
    context.report({
      case: 'all workloads',
      metric: 'gas, geometric mean',
      value: geometricMean(speeds),
      unit: 'Mgas/s',
    })
  }
  for (const [peer, values] of Object.entries(ratios)) {
    if (values.length === 0) continue
    const metric = `time / recorded ${peer}`
    context.report({
      case: 'all workloads',
      metric,
      value: geometricMean(values),
      unit: '× (geometric mean)',
    })
  }
}

async function benchWorkload(
  context: BenchContext,
  engine: Engine,
  workload: Workload,
  record: PeerRecord | undefined,
): Promise<{ ms: number; mgasPerSecond: number; gasUsed: bigint; checksum: string }> {
  engine.reset()
  new Ledger(engine) // opens a block
  engine.setAccount(CONTRACT, { nonce: 1n, balance: 0n, code: workload.code })
  engine.setAccount(CALLER, { nonce: 0n, balance: 10n ** 30n })
  const intrinsic = intrinsicGas(workload.calldata)
  const request = {
    from: CALLER,
    to: CONTRACT,
    gas: workload.gas + intrinsic,
    value: 0n,
    data: workload.calldata,
    gasPrice: 0n,
    accessList: [],
    authorizations: [],
  }
  let outcome = engine.call(request)
  const gasUsed = outcome.gasUsed + (outcome.gasRefunded ?? 0n) - intrinsic
  if (record !== undefined && BigInt(record.gas_used) !== gasUsed) {
    throw new WorkloadError(
      workload.name,
      `${record.gas_used} gas as other engines`,
      `${gasUsed} gas (${outcome.status})`,
    )
  }
  // A call of microseconds is repeated until it can be timed.
  const times = Math.max(1, Math.min(10_000, Math.ceil(2_000_000 / Number(gasUsed + 1_000n))))
  const timing = await measure({
    repeats: context.repeats,
    warmUps: 2,
    prepare: () => undefined,
    work: () => {
      for (let i = 0; i < times; i++) outcome = engine.call(request)
      return outcomeText(gasUsed, outcome.output)
    },
  })
  const ms = timing.medianMs / times
  const mgasPerSecond = Number(gasUsed) / ms / 1000
  context.report({ case: workload.name, metric: 'time', value: ms, unit: 'ms', checksum: timing.checksum })
  context.report({ case: workload.name, metric: 'gas', value: mgasPerSecond, unit: 'Mgas/s' })
  if (record?.evmone_baseline_ms) {
    context.report({
      case: workload.name,
      metric: 'time / recorded evmone',
      value: ms / record.evmone_baseline_ms,
      unit: '×',
    })
  }
  return { ms, mgasPerSecond, gasUsed, checksum: timing.checksum }
}

/** The same on @ethereumjs/evm, once: gas and output must agree. */
async function benchPeer(context: BenchContext, workload: Workload, expected: string): Promise<void> {
  const result = await runOnEthereumjs(workload)
  const checksum = outcomeText(result.gasUsed, result.output)
  if (checksum !== expected)
    throw new WorkloadError(workload.name, `${checksum} as @ethereumjs/evm`, expected)
  context.report({
    case: workload.name,
    metric: 'time',
    value: result.ms,
    unit: 'ms',
    engine: '@ethereumjs/evm',
    checksum,
  })
}

/** What the transaction around a workload costs (Yellow Paper section 6.2; EIP-2028). */
function intrinsicGas(calldata: Uint8Array): bigint {
  let gas = BASE_GAS
  for (const byte of calldata) gas += byte === 0 ? GAS_PER_ZERO_BYTE : GAS_PER_NONZERO_BYTE
  return gas
}

/** A workload did something else than it should: its time would mean nothing. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError'
  constructor(workload: string, expected: string, received: string) {
    super(
      `A workload went wrong.\n  workload: ${workload}   expected: ${expected}   received: ${received}\n` +
        '  next: run the conformance suites; a wrong engine must not be timed.',
    )
  }
}
