import { Engine, type StateBase } from '../execution/index.ts'
import { EngineLimitError } from '../kernels/index.ts'
import type { BlockEnv } from '../protocol/index.ts'

/** Engines for past states; each has the memory below, committed only as far as it is used. */
const ENGINE_LIMIT = 4
/** What a call within the gas cap takes, and tables for what it reads. */
const MEMORY_MIB = 384
const EVM_MEMORY_MIB = 128
/** A use may last so long with reads of a past state, each of which may look at many blocks. */
export const PAST_USE_LIMIT_MS = 1000

/** The state after a block, and the block as its calls see it. */
export type PastBlock = {
  number: bigint
  base: StateBase
  environment: BlockEnv
  blockHash(number: bigint): Uint8Array | undefined
}

/** `number` undefined: it stands on nothing that is of use. */
type PastEngine = { engine: Engine; number: bigint | undefined }

/**
 * Lazy engines that stand on past states. The state after a block never changes, so an engine keeps what it has read for
 * the next use at the same block; one at another block takes the engine that was not used for longest.
 */
export class PastEngines {
  /** The one used last comes last. */
  readonly #engines: PastEngine[] = []
  #endMs = 0

  /**
   * Lends an engine in the block's environment to `run`, which leaves it as it was.
   *
   * @throws PastUseTimeoutError, and what `run` and the state throw.
   */
  use<T>(block: PastBlock, run: (engine: Engine) => T): T {
    this.#endMs = performance.now() + PAST_USE_LIMIT_MS
    const known = this.#engines.find(({ number }) => number === block.number)
    const past = known ?? this.#stand(block)
    this.#engines.splice(this.#engines.indexOf(past), 1)
    this.#engines.push(past)
    try {
      return run(past.engine)
    } catch (error) {
      past.number = undefined
      // It may be full of what was read before.
      if (known === undefined || !(error instanceof EngineLimitError)) throw error
      return this.use(block, run)
    }
  }

  #stand({ number, base, environment, blockHash }: PastBlock): PastEngine {
    const past = this.#free()
    past.engine.rebase(this.#inTime(base))
    past.engine.beginBlock(environment, blockHash)
    past.number = number
    return past
  }

  #free(): PastEngine {
    const idle = this.#engines.find(({ number }) => number === undefined)
    if (idle !== undefined) return idle
    if (this.#engines.length === ENGINE_LIMIT) return this.#engines[0]!
    const past = { engine: openEngine(), number: undefined }
    this.#engines.push(past)
    return past
  }

  #inTime({ account, slot, code }: StateBase): StateBase {
    const check = (): void => {
      if (performance.now() > this.#endMs) throw new PastUseTimeoutError()
    }
    return {
      account: (address) => {
        check()
        return account(address)
      },
      slot: (address, key) => {
        check()
        return slot(address, key)
      },
      code,
    }
  }
}

/** Modules are made for the newest state's engine; here all is interpreted. */
function openEngine(): Engine {
  const nothing: StateBase = {
    account: () => undefined,
    slot: () => new Uint8Array(32),
    code: () => new Uint8Array(0),
  }
  return new Engine({
    ...{ memoryMiB: MEMORY_MIB, evmMemoryMiB: EVM_MEMORY_MIB },
    ...{ evm: 'interpreter', base: nothing },
  })
}

/** A use of a past state took too long, in go-ethereum's words. */
export class PastUseTimeoutError extends Error {
  override readonly name = 'PastUseTimeoutError'

  constructor() {
    super(`execution aborted (timeout = ${PAST_USE_LIMIT_MS / 1000}s)`)
  }
}
