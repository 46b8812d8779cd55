import type { AccountWrite } from '../protocol/index.ts'

/**
 * What a developer may do to a chain besides sending transactions. Whatever is changed stands in the log: each promise
 * resolves once its records are there, and later reads see them.
 */
export interface DevChain {
  /** Writes accounts outside of any transaction, each once. @throws DevError */
  writeState(writes: readonly AccountWrite[]): Promise<void>
}

/** Why something was not done for the developer, in words for the caller; nothing has changed. */
export class DevError extends Error {
  override readonly name = 'DevError'
}
