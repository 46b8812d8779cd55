import {
  blobBaseFee,
  decodeTransaction,
  effectiveGasPrice,
  maxBlobGasPerBlock,
} from '../../protocol/index.ts'
import { blockNumberOf } from '../blockSelection.ts'
import type { ChainView, ViewBlock } from '../ChainView.ts'
import { nodeError } from '../errors.ts'
import { type Hex, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { jsonKind, mismatch, type Parser, parseBlockNumber, parseCount } from '../params.ts'
import { totalsOf } from '../shapes/index.ts'

/** What gas costs. */
export const FEE_METHODS: Record<string, Method> = {
  eth_gasPrice: method([], ({ view, limits }) =>
    hexQuantity(baseFeeNow(view) + limits.suggestedPriorityFeeWei),
  ),
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

/** A transaction may get into the open block or the next one: the dearer of both. */
function baseFeeNow(view: ChainView): bigint {
  const next = view.nextBaseFee()
  const open = view.getBlock({ number: view.headNumber })?.baseFeePerGas ?? 0n
  return next > open ? next : open
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
    const previous = percentiles[i - 1] ?? 0
    if (percentile < previous) {
      throw nodeError(
        `invalid reward percentile: #${i - 1}:${previous.toFixed(6)} >= #${i}:${percentile.toFixed(6)}`,
      )
    }
  }
}

/** EIP-1559's eth_feeHistory (go-ethereum, gasprice/feehistory.go). */
function feeHistory(
  context: RpcContext,
  count: bigint,
  newest: bigint,
  percentiles: readonly number[],
): object {
  const { view, limits } = context
  if (count < 1n) return { oldestBlock: '0x0', gasUsedRatio: null }
  checkPercentiles(percentiles)
  if (newest > view.headNumber) {
    throw nodeError(`request beyond head block: requested ${newest}, head ${view.headNumber}`)
  }
  let blockCount = count < BigInt(limits.maxFeeHistoryBlocks) ? count : BigInt(limits.maxFeeHistoryBlocks)
  if (blockCount > newest + 1n) blockCount = newest + 1n
  const oldest = newest + 1n - blockCount
  const baseFees: Hex[] = []
  const blobFees: Hex[] = []
  const gasUsedRatio: number[] = []
  const blobGasUsedRatio: number[] = []
  const reward: Hex[][] = []
  let last: ViewBlock | undefined
  for (let number = oldest; number <= newest; number++) {
    const block = view.getBlock({ number })
    if (block === undefined) throw nodeError(`block ${number} is not kept`)
    baseFees.push(hexQuantity(block.baseFeePerGas))
    blobFees.push(hexQuantity(blobFeeOf(context, block)))
    gasUsedRatio.push(block.gasLimit === 0n ? 0 : Number(block.gasUsed) / Number(block.gasLimit))
    blobGasUsedRatio.push(Number(block.blobGasUsed ?? 0n) / Number(maxBlobGasPerBlock(limits.blobSchedule)))
    if (percentiles.length > 0) reward.push(rewardsOf(block, percentiles))
    last = block
  }
  const following = view.getBlock({ number: newest + 1n })
  baseFees.push(hexQuantity(following?.baseFeePerGas ?? view.nextBaseFee()))
  blobFees.push(hexQuantity(blobFeeOf(context, following ?? last)))
  return {
    oldestBlock: hexQuantity(oldest),
    ...(percentiles.length > 0 ? { reward } : {}),
    baseFeePerGas: baseFees,
    gasUsedRatio,
    baseFeePerBlobGas: blobFees,
    blobGasUsedRatio,
  }
}

function blobFeeOf(context: RpcContext, block: ViewBlock | undefined): bigint {
  return blobBaseFee(block?.excessBlobGas ?? 0n, context.limits.blobSchedule)
}

/** The tips at some percentiles of a block's gas, transactions sorted by tip. */
function rewardsOf(block: ViewBlock, percentiles: readonly number[]): Hex[] {
  if (block.transactions.length === 0) return percentiles.map(() => '0x0')
  const tips = block.transactions.map((executed, index) => {
    const decoded = decodeTransaction(executed.raw)
    const price = decoded.ok
      ? effectiveGasPrice(decoded.transaction, block.baseFeePerGas)
      : block.baseFeePerGas
    const totals = totalsOf(block, index)
    return { tip: price - block.baseFeePerGas, gasUsed: totals.gasAfter - totals.gasBefore }
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
