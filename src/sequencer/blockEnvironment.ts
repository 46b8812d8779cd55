import type { OpenBlock } from '../feed/index.ts'
import {
  type BlobSchedule,
  type BlockEnv,
  blobBaseFee,
  type Fork,
  maxBlobGasPerBlock,
} from '../protocol/index.ts'

/** What a chain's configuration says of its blocks. */
export type BlockSchedule = {
  chainId: bigint
  coinbase: Uint8Array
  gasLimit: bigint
  /** @param timestamp - Unix seconds. */
  forkAt(timestamp: bigint): Fork
  /** @param timestamp - Unix seconds. */
  blobScheduleAt(timestamp: bigint): BlobSchedule
  /** Whether headers are those of the OP Stack's Isthmus. @param timestamp - Unix seconds. */
  isIsthmusAt(timestamp: bigint): boolean
}

/** What the engine needs to execute in this block. */
export function environmentOf(open: Omit<OpenBlock, 'kind'>, schedule: BlockSchedule): BlockEnv {
  const blobs = schedule.blobScheduleAt(open.timestamp)
  return {
    fork: schedule.forkAt(open.timestamp),
    chainId: schedule.chainId,
    number: open.number,
    timestamp: open.timestamp,
    coinbase: open.coinbase,
    gasLimit: open.gasLimit,
    baseFeePerGas: open.baseFeePerGas,
    prevRandao: open.prevRandao,
    blobBaseFee: blobBaseFee(open.excessBlobGas, blobs),
    maxBlobGasPerBlock: maxBlobGasPerBlock(blobs),
    parentBeaconBlockRoot: open.parentBeaconBlockRoot,
  }
}
