import type { Engine } from '../execution/index.ts'
import { concatBytes } from '../lib/index.ts'
import {
  BEACON_ROOTS_CONTRACT,
  type BlockEnv,
  CONSOLIDATION_REQUEST_TYPE,
  CONSOLIDATION_REQUESTS_CONTRACT,
  FORK_RULES,
  HISTORY_CONTRACT,
  WITHDRAWAL_REQUEST_TYPE,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from '../protocol/index.ts'
import type { BlockSchedule, SystemCalls } from '../sequencer/index.ts'

/** The protocol's own calls, on the engine. A contract that the genesis leaves out is not called. */
export class EngineSystemCalls implements SystemCalls {
  readonly #engine: Engine
  readonly #schedule: BlockSchedule

  constructor(engine: Engine, schedule: BlockSchedule) {
    this.#engine = engine
    this.#schedule = schedule
  }

  storeBeaconRoot({ parentBeaconBlockRoot }: BlockEnv): void {
    this.#call(BEACON_ROOTS_CONTRACT.address, parentBeaconBlockRoot)
  }

  storeParentHash({ fork }: BlockEnv, parentHash: Uint8Array): void {
    if (FORK_RULES[fork].historyContract) this.#call(HISTORY_CONTRACT.address, parentHash)
  }

  collectRequests({ fork, timestamp }: BlockEnv): Uint8Array[] {
    // Isthmus has none: there is no beacon chain that could take them.
    if (!FORK_RULES[fork].requests || this.#schedule.isIsthmusAt(timestamp)) return []
    const requests: Uint8Array[] = []
    for (const [type, { address }] of [
      [WITHDRAWAL_REQUEST_TYPE, WITHDRAWAL_REQUESTS_CONTRACT],
      [CONSOLIDATION_REQUEST_TYPE, CONSOLIDATION_REQUESTS_CONTRACT],
    ] as const) {
      const data = this.#call(address, new Uint8Array(0))
      if (data.length > 0) requests.push(concatBytes(Uint8Array.of(type), data))
    }
    return requests
  }

  #call(address: Uint8Array, input: Uint8Array): Uint8Array {
    if (this.#engine.getCode(address).length === 0) return new Uint8Array(0)
    return this.#engine.systemCall(address, input).output
  }
}
