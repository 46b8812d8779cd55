import { nextTurn } from '../../lib/index.ts'
import {
  blobBaseFee,
  blobScheduleAt,
  MIN_BASE_FEE_PER_BLOB_GAS,
  maxBlobGasPerBlock,
  nextBaseFee,
} from '../../protocol/index.ts'
import { blockNumberOf } from '../blockSelection.ts'
import type { ChainView } from '../ChainView.ts'
import { nodeError } from '../errors.ts'
import { type Hex, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { jsonKind, mismatch, type Parser, parseBlockNumber, parseCount } from '../params.ts'
import { gasPaid } from '../shapes/index.ts'
import { smaller } from '../smaller.ts'
import type { ViewBlock } from '../ViewBlock.ts'

/** What gas costs. */
export const FEE_METHODS: Record<string, Method> = {
  eth_gasPrice: method([], ({ view, limits }) =>
    hexQuantity(baseFeeNow(view) + limits.suggestedPriorityFeeWei),
  ),
  eth_baseFee: method([], ({ view }) => hexQuantity(view.nextBaseFee())),
  eth_maxPriorityFeePerGas: method([], ({ limits }) => hexQuantity(limits.suggestedPriorityFeeWei)),
  eth_blobBaseFee: method([], (context) => {
    const head = context.view.getBlock({ number: context.view.headNumber })
    return hexQuantity(blobFeeOf(context, head))
  }),
  eth_feeHistory: method(
    [
      required('blockCount', parseCount),
      required('newestBlock', parseBlockNumber),
      optional('rewardPercentiles', parsePercentiles(), []),
    ],
    (context, count, newest, percentiles) =>
      feeHistory(context, count, blockNumberOf(context.view, newest), percentiles),
  ),
}

/** A transaction may get into the head, if it is open, or one of the two blocks after it: the dearest of them. */
function baseFeeNow(view: ChainView): bigint {
  let dearest = view.nextBaseFee()
  const head = view.getBlock({ number: view.headNumber })
  if (head === undefined) return dearest
  for (const fee of [head.baseFeePerGas, nextBaseFee(head)]) if (fee > dearest) dearest = fee
  return dearest
}

function parsePercentiles(): Parser<number[]> {
  return (value) => {
    if (!Array.isArray(value)) throw mismatch(jsonKind(value), '[]float64')
    for (const item of value) if (typeof item !== 'number') throw mismatch(jsonKind(item), 'float64')
    return value as number[]
  }
}

const MAX_PERCENTILES = 100

function checkPercentiles(percentiles: readonly number[]): void {
  if (percentiles.length > MAX_PERCENTILES) {
    throw nodeError(`invalid reward percentile: over the query limit ${MAX_PERCENTILES}`)
  }
  for (let i = 0; i < percentiles.length; i++) {
    const percentile = percentiles[i]!
    if (percentile < 0 || percentile > 100) {
      throw nodeError(`invalid reward percentile: ${percentile.toFixed(6)}`)
    }
    const previous = percentiles[i - 1]
    if (previous !== undefined && percentile <= previous) {
      throw nodeError(
        `invalid reward percentile: #${i - 1}:${previous.toFixed(6)} >= #${i}:${percentile.toFixed(6)}`,
      )
    }
  }
}

/** After so many blocks of a history other requests get their turn. */
const BLOCKS_PER_TURN = 16n

/** EIP-1559's eth_feeHistory (go-ethereum, gasprice/feehistory.go). */
async function feeHistory(
  context: RpcContext,
  count: bigint,
  newest: bigint,
  percentiles: readonly number[],
): Promise<object> {
  const { view, limits } = context
  if (count < 1n) return { oldestBlock: '0x0', gasUsedRatio: null }
  checkPercentiles(percentiles)
  if (newest > view.headNumber) {
    throw nodeError(`request beyond head block: requested ${newest}, head ${view.headNumber}`)
  }
  // A forked chain's begins with the block that it was forked from.
  const first = view.remote?.blockNumber ?? 0n
  const blockCount = smaller(smaller(count, BigInt(limits.maxFeeHistoryBlocks)), newest + 1n - first)
  const oldest = newest + 1n - blockCount
  const blocks: BlockFees[] = []
  for (let number = oldest; number <= newest; number++) {
    const block = view.getBlock({ number })
    if (block === undefined) throw nodeError(`block ${number} is not kept`)
    blocks.push(blockFees(context, block, percentiles))
    if (number % BLOCKS_PER_TURN === 0n) await nextTurn()
  }
  const { baseFee, blobFee } = feesAfter(context, newest)
  return {
    oldestBlock: hexQuantity(oldest),
    ...(percentiles.length > 0 ? { reward: blocks.map(({ reward }) => reward) } : {}),
    baseFeePerGas: [...blocks.map((block) => block.baseFee), baseFee],
    gasUsedRatio: blocks.map(({ gasUsedRatio }) => gasUsedRatio),
    baseFeePerBlobGas: [...blocks.map((block) => block.blobFee), blobFee],
    blobGasUsedRatio: blocks.map(({ blobGasUsedRatio }) => blobGasUsedRatio),
  }
}

type BlockFees = {
  baseFee: Hex
  blobFee: Hex
  gasUsedRatio: number
  blobGasUsedRatio: number
  reward: Hex[]
}

function blockFees(context: RpcContext, block: ViewBlock, percentiles: readonly number[]): BlockFees {
  const schedule = blobScheduleAt(context.view.config, block.timestamp)
  return {
    baseFee: hexQuantity(block.baseFeePerGas),
    blobFee: hexQuantity(blobFeeOf(context, block)),
    gasUsedRatio: block.gasLimit === 0n ? 0 : Number(block.gasUsed) / Number(block.gasLimit),
    blobGasUsedRatio: Number(block.blobGasUsed ?? 0n) / Number(maxBlobGasPerBlock(schedule)),
    reward: percentiles.length === 0 ? [] : rewardsOf(block, percentiles),
  }
}

/** The fees of the block after `number`, foretold if there is none yet. */
function feesAfter(context: RpcContext, number: bigint): { baseFee: Hex; blobFee: Hex } {
  const { view } = context
  const following = view.getBlock({ number: number + 1n })
  const last = view.getBlock({ number })
  const baseFee = following?.baseFeePerGas ?? (last === undefined ? view.nextBaseFee() : nextBaseFee(last))
  return { baseFee: hexQuantity(baseFee), blobFee: hexQuantity(blobFeeOf(context, following ?? last)) }
}

function blobFeeOf(context: RpcContext, block: ViewBlock | undefined): bigint {
  if (block === undefined) return MIN_BASE_FEE_PER_BLOB_GAS
  return blobBaseFee(block.excessBlobGas ?? 0n, blobScheduleAt(context.view.config, block.timestamp))
}

/** The tips at some percentiles of a block's gas, transactions sorted by tip. */
function rewardsOf(block: ViewBlock, percentiles: readonly number[]): Hex[] {
  if (block.transactions.length === 0) return percentiles.map(() => '0x0')
  const tips = Array.from(block.transactions, (_, index) => {
    const { gasUsed, price } = gasPaid(block, index)
    return { tip: price - block.baseFeePerGas, gasUsed }
  })
  tips.sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
  let index = 0
  let gasSum = tips[0]!.gasUsed
  return percentiles.map((percentile) => {
    const threshold = BigInt(Math.floor((Number(block.gasUsed) * percentile) / 100))
    while (gasSum < threshold && index < tips.length - 1) {
      index++
      gasSum += tips[index]!.gasUsed
    }
    return hexQuantity(tips[index]!.tip)
  })
}
