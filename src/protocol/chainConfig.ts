import { assert } from '../lib/index.ts'
import { type BlobSchedule, FORK_RULES, type Fork } from './forks.ts'

/** What one chain has decided: its id and when its rules change. */
export type ChainConfig = {
  chainId: bigint
  /** In order of time; a chain that Leveret can run from its start has the first at or before its genesis. */
  stages: readonly ForkStage[]
  /** Where rules changed before Cancun, for EIP-6122: numbers of blocks, then times; ascending, without 0. */
  earlierForks: readonly bigint[]
  /** EIP-6110: whose deposit events become requests. */
  depositContract: Uint8Array
  /**
   * From when on headers are those of the OP Stack's Isthmus: `withdrawalsRoot` is the storage root of the contract that
   * takes withdrawals to L1, and there are no requests. Unix seconds; undefined: never.
   * Source: OP Stack specs, protocol/isthmus/exec-engine.
   */
  isthmusTime: bigint | undefined
}

/** Whether a block's header is one of Isthmus. */
export function isIsthmusAt({ isthmusTime }: ChainConfig, timestamp: bigint): boolean {
  return isthmusTime !== undefined && timestamp >= isthmusTime
}

/** From `timestamp` on, until the next stage. A stage of blob parameters only (EIP-7892) keeps the fork. */
export type ForkStage = {
  /** Unix seconds. */
  timestamp: bigint
  fork: Fork
  blobSchedule: BlobSchedule
}

/** The stage in force at a block's timestamp; undefined before Cancun. */
export function stageAt(config: ChainConfig, timestamp: bigint): ForkStage | undefined {
  let current: ForkStage | undefined
  for (const stage of config.stages) if (stage.timestamp <= timestamp) current = stage
  return current
}

/** The fork in force at a block's timestamp. Asserts that it is Cancun or later. */
export function forkAt(config: ChainConfig, timestamp: bigint): Fork {
  const stage = stageAt(config, timestamp)
  assert(stage !== undefined, `no fork that this node runs is in force at timestamp ${timestamp}`)
  return stage.fork
}

/** The blob schedule in force at a block's timestamp; before Cancun, where there are no blobs, that of Cancun. */
export function blobScheduleAt(config: ChainConfig, timestamp: bigint): BlobSchedule {
  return stageAt(config, timestamp)?.blobSchedule ?? FORK_RULES.Cancun.blobSchedule
}

/** A chain that runs one fork from its first block on. */
export function singleForkConfig(options: {
  chainId: bigint
  fork: Fork
  depositContract: Uint8Array
  blobSchedule?: BlobSchedule
}): ChainConfig {
  const { chainId, fork, depositContract } = options
  const blobSchedule = options.blobSchedule ?? FORK_RULES[fork].blobSchedule
  const stages = [{ timestamp: 0n, fork, blobSchedule }]
  return { chainId, stages, earlierForks: [], depositContract, isthmusTime: undefined }
}
