/**
 * The engine alone, on one thread: no RPC, no signatures, no disk.
 *
 * Whole transactions: validation, execution, receipt with bloom, transaction hash, state diff (taken every
 * {@link CHUNK} transactions, as the sequencer does). Single executions are in evm.ts.
 */
import { crc32 } from 'node:zlib'
import { Engine } from '../src/execution/index.ts'
import { Prng } from '../src/lib/index.ts'
import { type Bench, type BenchContext, measure } from './harness.ts'
import { Ledger, type PreparedTransaction } from './lib/Ledger.ts'
import { parseTier } from './lib/tiers.ts'
import { etherTransfers, type Shape, swaps, tokenTransfers } from './lib/transfers.ts'
import { WorkloadError } from './lib/WorkloadError.ts'

export const bench: Bench = {
  name: 'engine',
  summary: 'transactions/s and Mgas/s of the engine alone, on one thread',
  options: {
    tier: { type: 'string', help: 'interpreter, compiled or auto (default): how code is run' },
  },
  async run(context) {
    const tier = parseTier(context.options.tier, ['interpreter', 'compiled', 'auto'], 'auto')
    await benchTransactions(context, new Engine({ evm: tier }))
  },
}

/** Transactions between two state diffs. */
const CHUNK = 100
const NO_AUTHORITIES: undefined[] = []

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

async function benchTransactions(context: BenchContext, engine: Engine): Promise<void> {
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
