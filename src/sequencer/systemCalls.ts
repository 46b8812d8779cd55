import type { Engine } from '../execution/index.ts'
import { concatBytes, equalBytes } from '../lib/index.ts'
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
import type { BlockSchedule } from './blockEnvironment.ts'
import type { SystemCalls } from './ExecutionEngine.ts'

const SYSTEM_CONTRACTS = [
  ...[BEACON_ROOTS_CONTRACT, HISTORY_CONTRACT],
  ...[WITHDRAWAL_REQUESTS_CONTRACT, CONSOLIDATION_REQUESTS_CONTRACT],
]

/** Whether the protocol itself calls it. */
export function isSystemContract(address: Uint8Array): boolean {
  return SYSTEM_CONTRACTS.some((contract) => equalBytes(contract.address, address))
}

/** The protocol's own calls, on the engine. A contract that the genesis leaves out is not called. */
export class EngineSystemCalls implements SystemCalls {
  readonly #engine: Engine
  readonly #schedule: BlockSchedule

  constructor(engine: Engine, schedule: BlockSchedule) {
    this.#engine = engine
    this.#schedule = schedule
  }

  storeBeaconRoot(env: BlockEnv): void {
    storeBeaconRoot(this.#engine, env)
  }

  storeParentHash(env: BlockEnv, parentHash: Uint8Array): void {
    storeParentHash(this.#engine, env, parentHash)
  }

  collectRequests({ fork, timestamp }: BlockEnv): Uint8Array[] {
    // Isthmus has none: there is no beacon chain that could take them.
    if (!FORK_RULES[fork].requests || this.#schedule.isIsthmusAt(timestamp)) return []
    const requests: Uint8Array[] = []
    for (const [type, { address }] of [
      [WITHDRAWAL_REQUEST_TYPE, WITHDRAWAL_REQUESTS_CONTRACT],
      [CONSOLIDATION_REQUEST_TYPE, CONSOLIDATION_REQUESTS_CONTRACT],
    ] as const) {
      const data = call(this.#engine, address, new Uint8Array(0))
      if (data.length > 0) requests.push(concatBytes(Uint8Array.of(type), data))
    }
    return requests
  }
}

/** The calls that come before a block's transactions. @param parentHash - undefined: not known yet. */
export function callBeforeTransactions(
  engine: Engine,
  env: BlockEnv,
  parentHash: Uint8Array | undefined,
): void {
  storeBeaconRoot(engine, env)
  if (parentHash !== undefined) storeParentHash(engine, env, parentHash)
}

function storeBeaconRoot(engine: Engine, { parentBeaconBlockRoot }: BlockEnv): void {
  call(engine, BEACON_ROOTS_CONTRACT.address, parentBeaconBlockRoot)
}

function storeParentHash(engine: Engine, { fork }: BlockEnv, parentHash: Uint8Array): void {
  if (FORK_RULES[fork].historyContract) call(engine, HISTORY_CONTRACT.address, parentHash)
}

function call(engine: Engine, address: Uint8Array, input: Uint8Array): Uint8Array {
  if (!engine.hasCode(address)) return new Uint8Array(0)
  return engine.systemCall(address, input).output
}
