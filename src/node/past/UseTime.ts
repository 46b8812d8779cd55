import type { StateBase } from '../../execution/index.ts'
import { ExecutionError } from '../../rpc/index.ts'

/** A use may last so long with reads of a past state, each of which may look at many blocks, and with calls. */
const USE_LIMIT_MS = 1000

/** Watches over the time that one use of an engine takes on the main thread, where nobody else has a turn meanwhile. */
export class UseTime {
  #endMs = 0

  begin(): void {
    this.#endMs = performance.now() + USE_LIMIT_MS
  }

  /** @throws ExecutionError when the time is over. */
  readonly check = (): void => {
    if (performance.now() > this.#endMs)
      throw new ExecutionError(`execution aborted (timeout = ${USE_LIMIT_MS / 1000}s)`)
  }

  /** The same state, with a look at the clock before each read. */
  limit({ account, slot, code }: StateBase): StateBase {
    return {
      account: (address) => {
        this.check()
        return account(address)
      },
      slot: (address, key) => {
        this.check()
        return slot(address, key)
      },
      code,
    }
  }
}
