import type { Method } from '../../method.ts'
import { DEV_MINING_METHODS } from './mining.ts'
import { DEV_NEXT_BLOCK_METHODS } from './nextBlock.ts'
import { DEV_REWIND_METHODS } from './rewinds.ts'
import { DEV_STATE_METHODS } from './state.ts'

/** Methods of a developer's chain. */
export const DEV_METHOD_GROUPS: readonly Record<string, Method>[] = [
  DEV_STATE_METHODS,
  DEV_MINING_METHODS,
  DEV_NEXT_BLOCK_METHODS,
  DEV_REWIND_METHODS,
]
