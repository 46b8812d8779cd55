import type { Method } from '../../method.ts'
import { DEV_ACCOUNT_METHODS } from './accounts.ts'
import { DEV_DUMP_METHODS } from './dumps.ts'
import { DEV_INFO_METHODS } from './info.ts'
import { DEV_MINING_METHODS } from './mining.ts'
import { DEV_NEXT_BLOCK_METHODS } from './nextBlock.ts'
import { DEV_POOL_METHODS } from './pool.ts'
import { DEV_REWIND_METHODS } from './rewinds.ts'
import { DEV_STATE_METHODS } from './state.ts'
import { DEV_TOKEN_METHODS } from './tokens.ts'

/** Methods of a developer's chain. */
export const DEV_METHOD_GROUPS: readonly Record<string, Method>[] = [
  DEV_ACCOUNT_METHODS,
  DEV_STATE_METHODS,
  DEV_TOKEN_METHODS,
  DEV_MINING_METHODS,
  DEV_NEXT_BLOCK_METHODS,
  DEV_POOL_METHODS,
  DEV_INFO_METHODS,
  DEV_REWIND_METHODS,
  DEV_DUMP_METHODS,
]
