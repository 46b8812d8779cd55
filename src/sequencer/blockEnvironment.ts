import type { OpenBlock } from '../feed/index.ts'
import {
  type BlobSchedule,
  type BlockEnv,
  blobBaseFee,
  calcExcessBlobGas,
  type Fork,
  maxBlobGasPerBlock,
  nextBaseFee,
} from '../protocol/index.ts'
import type { ClosedBlock } from './ChainTail.ts'

/** What a chain's configuration says of its blocks. */
export type BlockSchedule = {
  chainId: bigint
  blockMs: number
  coinbase: Uint8Array
  gasLimit: bigint
  /** @param timestamp - Unix seconds. */
  forkAt(timestamp: bigint): Fork
  /** @param timestamp - Unix seconds. */
  blobScheduleAt(timestamp: bigint): BlobSchedule
  /** Whether headers are those of the OP Stack's Isthmus. @param timestamp - Unix seconds. */
  isIsthmusAt(timestamp: bigint): boolean
}

const NO_BEACON_ROOT: Uint8Array = new Uint8Array(32)

/**
 * The record that opens the block after `parent`.
 *
 * Timestamps are whole seconds. With blocks of a second or more each is greater than its parent's, as Ethereum asks;
 * shorter blocks share seconds.
 */
export function openBlockAfter(
  parent: ClosedBlock,
  schedule: BlockSchedule,
  { nowMs, prevRandao }: { nowMs: number; prevRandao: Uint8Array },
): OpenBlock {
  const earliest = schedule.blockMs >= 1000 ? parent.timestamp + 1n : parent.timestamp
  const now = BigInt(Math.floor(nowMs / 1000))
  const timestamp = now > earliest ? now : earliest
  const fork = schedule.forkAt(timestamp)
  return {
    kind: 'openBlock',
    number: parent.number + 1n,
    timestamp,
    coinbase: schedule.coinbase,
    gasLimit: schedule.gasLimit,
    baseFeePerGas: nextBaseFee(parent),
    prevRandao,
    excessBlobGas: calcExcessBlobGas(parent, fork, schedule.blobScheduleAt(timestamp)),
    // There is no beacon chain below: EIP-4788 stores zeros.
    parentBeaconBlockRoot: NO_BEACON_ROOT,
  }
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
