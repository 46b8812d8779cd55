import type { Method } from '../method.ts'
import { BLOCK_METHODS } from './blocks.ts'
import { CALL_METHODS } from './call.ts'
import { CALL_AFTER_METHODS } from './callAfter.ts'
import { CALL_MANY_METHODS } from './callMany.ts'
import { CHAIN_METHODS } from './chain.ts'
import { CONFIG_METHODS } from './config.ts'
import { DEBUG_TRACE_METHODS } from './debugTrace.ts'
import { DEV_METHOD_GROUPS } from './dev/index.ts'
import { EVM_METHODS } from './evm.ts'
import { FEE_METHODS } from './fees.ts'
import { FILL_METHODS } from './fill.ts'
import { FILTER_METHODS } from './filters.ts'
import { LISTING_METHODS } from './listing.ts'
import { LOG_METHODS } from './logs.ts'
import { MINI_BLOCK_METHODS } from './miniBlocks.ts'
import { modulesMethod } from './modules.ts'
import { NODE_STATUS_METHODS } from './nodeStatus.ts'
import { OTTERSCAN_METHODS } from './otterscan.ts'
import { PARITY_TRACE_METHODS } from './parityTrace.ts'
import { POOL_METHODS } from './pool.ts'
import { RAW_METHODS } from './raw.ts'
import { SIMULATE_METHODS } from './simulate.ts'
import { STATE_METHODS } from './state.ts'
import { SUBMIT_METHODS } from './submit.ts'
import { SUBSCRIPTION_METHODS } from './subscriptions.ts'
import { TRANSACTION_METHODS } from './transactions.ts'
import { WEB3_METHODS } from './web3.ts'
import { WITNESS_METHODS } from './witness.ts'

const GROUPS: Record<string, Method>[] = [
  WEB3_METHODS,
  CHAIN_METHODS,
  FEE_METHODS,
  STATE_METHODS,
  CALL_METHODS,
  CALL_AFTER_METHODS,
  CALL_MANY_METHODS,
  SIMULATE_METHODS,
  FILL_METHODS,
  SUBMIT_METHODS,
  TRANSACTION_METHODS,
  BLOCK_METHODS,
  LOG_METHODS,
  FILTER_METHODS,
  SUBSCRIPTION_METHODS,
  MINI_BLOCK_METHODS,
  EVM_METHODS,
  NODE_STATUS_METHODS,
  CONFIG_METHODS,
  POOL_METHODS,
  RAW_METHODS,
  WITNESS_METHODS,
  LISTING_METHODS,
  DEBUG_TRACE_METHODS,
  PARITY_TRACE_METHODS,
  OTTERSCAN_METHODS,
  ...DEV_METHOD_GROUPS,
]

/** Every method by name. docs/rpc.md describes exactly these. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  [...GROUPS, modulesMethod(GROUPS.flatMap((group) => Object.keys(group)))].flatMap((group) =>
    Object.entries(group),
  ),
)
