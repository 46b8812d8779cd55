import { SIMULATION_ERRORS, type SimulatedBlockRequest, type ViewBlock } from '../../rpc/index.ts'
import { SimulationError } from './SimulationError.ts'

/** Most blocks of one simulation, those between included. */
const BLOCK_LIMIT = 256n
/** Seconds from one block to the next where nothing is said. */
const TIME_STEP = 12n

/** A block to be made: where it stands, and what is asked of it. */
export type PlannedBlock = SimulatedBlockRequest & { number: bigint; timestamp: bigint }

/**
 * Gives every block its number and time, which must rise, and fills gaps between numbers with empty blocks (go-ethereum,
 * simulator.sanitizeChain).
 *
 * @throws SimulationError
 */
export function planBlocks(
  requests: readonly SimulatedBlockRequest[],
  base: Pick<ViewBlock, 'number' | 'timestamp'>,
): PlannedBlock[] {
  const planned: PlannedBlock[] = []
  let { number, timestamp } = base
  for (const request of requests) {
    const next = request.blockOverrides.number ?? number + 1n
    if (next <= number) {
      throw new SimulationError(
        SIMULATION_ERRORS.blockNumber,
        `block numbers must be in order: ${next} <= ${number}`,
      )
    }
    if (next - base.number > BLOCK_LIMIT)
      throw new SimulationError(SIMULATION_ERRORS.clientLimit, 'too many blocks')
    for (number++; number < next; number++) {
      timestamp += TIME_STEP
      planned.push({ ...EMPTY, number, timestamp })
    }
    const time = request.blockOverrides.time ?? timestamp + TIME_STEP
    if (time <= timestamp) {
      throw new SimulationError(
        SIMULATION_ERRORS.blockTimestamp,
        `block timestamps must be in order: ${time} <= ${timestamp}`,
      )
    }
    timestamp = time
    planned.push({ ...request, number, timestamp })
  }
  return planned
}

const EMPTY: SimulatedBlockRequest = { blockOverrides: {}, stateOverrides: [], calls: [] }
