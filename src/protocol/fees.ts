import { type BlobSchedule, FORK_RULES, type Fork, GAS_PER_BLOB } from './forks.ts'

/** EIP-1559: a block aims at gasLimit / 2. */
export const ELASTICITY_MULTIPLIER = 2n

/** EIP-1559: the base fee moves by at most 1/8 a block. */
export const BASE_FEE_MAX_CHANGE_DENOMINATOR = 8n

/** EIP-4844: lowest blob base fee, in wei. */
export const MIN_BASE_FEE_PER_BLOB_GAS = 1n

/** EIP-7918: execution gas that a blob costs at least as much as. */
export const BLOB_BASE_COST = 8192n

/** What the next block's fees depend on. */
export type ParentFees = {
  gasLimit: bigint
  gasUsed: bigint
  /** Wei per gas. */
  baseFeePerGas: bigint
}

/** The base fee of the block after `parent`, in wei per gas (EIP-1559). */
export function nextBaseFee(parent: ParentFees): bigint {
  const target = parent.gasLimit / ELASTICITY_MULTIPLIER
  const { gasUsed, baseFeePerGas } = parent
  if (gasUsed === target || target === 0n) return baseFeePerGas
  if (gasUsed > target) {
    const delta = (baseFeePerGas * (gasUsed - target)) / target / BASE_FEE_MAX_CHANGE_DENOMINATOR
    return baseFeePerGas + (delta > 1n ? delta : 1n)
  }
  return baseFeePerGas - (baseFeePerGas * (target - gasUsed)) / target / BASE_FEE_MAX_CHANGE_DENOMINATOR
}

/** What the next block's excess blob gas depends on. */
export type ParentBlobFees = { excessBlobGas: bigint; blobGasUsed: bigint; baseFeePerGas: bigint }

/**
 * Excess blob gas of the block after `parent` (EIP-4844; from Osaka with the reserve price of EIP-7918).
 * `fork` and `schedule` are those of the new block; before Cancun a parent counts as 0 and 0.
 */
export function calcExcessBlobGas(parent: ParentBlobFees, fork: Fork, schedule: BlobSchedule): bigint {
  const target = BigInt(schedule.target) * GAS_PER_BLOB
  const total = parent.excessBlobGas + parent.blobGasUsed
  if (total < target) return 0n
  if (FORK_RULES[fork].blobReservePrice) {
    const blobPrice = GAS_PER_BLOB * blobBaseFee(parent.excessBlobGas, schedule)
    if (BLOB_BASE_COST * parent.baseFeePerGas > blobPrice) {
      const share = (parent.blobGasUsed * BigInt(schedule.max - schedule.target)) / BigInt(schedule.max)
      return parent.excessBlobGas + share
    }
  }
  return total - target
}

/** Wei per blob gas at an excess (EIP-4844, get_base_fee_per_blob_gas). */
export function blobBaseFee(excessBlobGas: bigint, schedule: BlobSchedule): bigint {
  return fakeExponential(MIN_BASE_FEE_PER_BLOB_GAS, excessBlobGas, schedule.baseFeeUpdateFraction)
}

/** Most blob gas in a block. */
export function maxBlobGasPerBlock(schedule: BlobSchedule): bigint {
  return BigInt(schedule.max) * GAS_PER_BLOB
}

/** factor · e^(numerator / denominator) by its Taylor series in integers (EIP-4844, fake_exponential). */
export function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let output = 0n
  let term = factor * denominator
  for (let i = 1n; term > 0n; i++) {
    output += term
    term = (term * numerator) / (denominator * i)
  }
  return output / denominator
}
