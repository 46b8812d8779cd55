import type { OpenBlock } from '../feed/index.ts'
import { calcExcessBlobGas, nextBaseFee } from '../protocol/index.ts'
import type { BlockSchedule, ClosedBlock } from '../sequencer/index.ts'
import { compareBytes, compareValues } from './compareTransactions.ts'
import type { FieldDifference } from './Difference.ts'

const NO_BEACON_ROOT = new Uint8Array(32)

export type BlockRules = {
  parent: ClosedBlock
  schedule: BlockSchedule
  /** A developer may wish for a base fee, a gas limit and a coinbase. */
  isDev: boolean
}

/**
 * The first field of a new block that does not follow from its parent and the chain's rules. Time is the sequencer's to
 * tell, as long as it does not go back; so is prevRandao.
 */
export function compareBlock(
  open: OpenBlock,
  { parent, schedule, isDev }: BlockRules,
): FieldDifference | undefined {
  if (open.timestamp < parent.timestamp)
    return { field: 'timestamp', ours: `${parent.timestamp} or more`, theirs: `${open.timestamp}` }
  const fork = schedule.forkAt(open.timestamp)
  const excessBlobGas = calcExcessBlobGas(parent, fork, schedule.blobScheduleAt(open.timestamp))
  return (
    compareValues('excessBlobGas', excessBlobGas, open.excessBlobGas) ??
    compareBytes('parentBeaconBlockRoot', NO_BEACON_ROOT, open.parentBeaconBlockRoot) ??
    (isDev ? undefined : compareWishes(open, parent, schedule))
  )
}

function compareWishes(
  open: OpenBlock,
  parent: ClosedBlock,
  schedule: BlockSchedule,
): FieldDifference | undefined {
  return (
    compareValues('baseFeePerGas', nextBaseFee(parent), open.baseFeePerGas) ??
    compareValues('gasLimit', schedule.gasLimit, open.gasLimit) ??
    compareBytes('coinbase', schedule.coinbase, open.coinbase)
  )
}
