import { Engine, type EngineOptions, type StateBase } from '../../execution/index.ts'
import { EngineLimitError } from '../../kernels/index.ts'
import type { BlockEnv } from '../../protocol/index.ts'
import { UseTime } from './UseTime.ts'
import type { WrittenDiff } from './WrittenDiffs.ts'

/** Engines for past states; each has the memory below, committed only as far as it is used. */
const ENGINE_LIMIT = 4
/** What a call within the gas cap takes, and tables for what it reads. */
const MEMORY = { memoryMiB: 384, evmMemoryMiB: 128 }

const NOTHING: StateBase = {
  account: () => undefined,
  slot: () => new Uint8Array(32),
  code: () => new Uint8Array(0),
}

/** Options of a lazy engine, which is to be given another base before it is used. */
export const LAZY_ENGINE: EngineOptions = { ...MEMORY, base: NOTHING }

/** The state after a block, and the block as its calls see it. */
export type PastBlock = {
  number: bigint
  base: StateBase
  /** Of the newest state, which may be written to: grows with each write. */
  revision: number
  environment: BlockEnv
  blockHash(number: bigint): Uint8Array | undefined
  /** Between its transactions. */
  written: readonly WrittenDiff[]
}

/** `number` undefined: it stands on nothing that is of use. */
type PastEngine = { engine: Engine; number: bigint | undefined; revision: number }

/**
 * Lazy engines that stand on past states. The state after a block never changes, so an engine keeps what it has read for
 * the next use at the same block; one at another block takes the engine that was not used for longest.
 */
export class PastEngines {
  /** The one used last comes last. */
  readonly #engines: PastEngine[] = []
  readonly #time = new UseTime()

  /**
   * Lends an engine in the block's environment to `run`, which leaves it as it was.
   *
   * @throws ExecutionError when it takes too long, and what `run` and the state throw.
   */
  use<T>(block: PastBlock, run: (engine: Engine) => T): T {
    this.#time.begin()
    const known = this.#engines.find(
      ({ number, revision }) => number === block.number && revision === block.revision,
    )
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

  /** Lends an engine that `run` may change; it is forgotten what it holds then. Likewise. */
  useUp<T>(block: PastBlock, run: (engine: Engine, time: UseTime) => T): T {
    this.#time.begin()
    const past = this.#stand(block)
    past.number = undefined
    try {
      return run(past.engine, this.#time)
    } finally {
      past.engine.resetPrecompiles()
    }
  }

  /** What states are of which blocks has changed. */
  forget(): void {
    for (const past of this.#engines) past.number = undefined
  }

  #stand({ number, base, revision, environment, blockHash }: PastBlock): PastEngine {
    const past = this.#free()
    past.engine.rebase(this.#time.limit(base))
    past.engine.beginBlock(environment, blockHash)
    past.number = number
    past.revision = revision
    return past
  }

  #free(): PastEngine {
    const idle = this.#engines.find(({ number }) => number === undefined)
    if (idle !== undefined) return idle
    if (this.#engines.length === ENGINE_LIMIT) return this.#engines[0]!
    const past = { engine: openLazyEngine(), number: undefined, revision: 0 }
    this.#engines.push(past)
    return past
  }
}

/** A lazy engine for past states. Modules are made for the newest state's engine; here all is interpreted. */
export function openLazyEngine(): Engine {
  return new Engine({ ...LAZY_ENGINE, evm: 'interpreter' })
}
