import type { Engine } from '../../execution/index.ts'
import { chunkDigest, type LogRecord } from '../../feed/index.ts'
import { RefutedError } from '../../replica/index.ts'
import { type BlockSchedule, type ChainTail, EngineSystemCalls } from '../../sequencer/index.ts'
import { ExecutionDifferenceError, RecordVerifier, type SignersAhead } from '../../verifier/index.ts'
import { FollowedEngine } from './FollowedEngine.ts'

type Held = { record: LogRecord; payload: Uint8Array }

export type VerifiedStateOptions = {
  engine: Engine
  schedule: BlockSchedule
  /** Where the log is at the engine's state: between two blocks. It follows every record. */
  tail: ChainTail
  /** What can't be executed again is taken as it is: see RecordVerifierOptions. */
  isDev: boolean
  /** See RecordVerifierOptions. */
  ahead: SignersAhead
}

/** A full node's: executes what the records say was executed. */
export class VerifiedState extends FollowedEngine {
  readonly #tail: ChainTail
  readonly #verifier: RecordVerifier
  /** Of the log, from the beginning of a block on whose end has not come. */
  #open: Held[] = []

  constructor({ engine, schedule, tail, isDev, ahead }: VerifiedStateOptions) {
    super(engine)
    this.#tail = tail
    const system = new EngineSystemCalls(engine, schedule)
    this.#verifier = new RecordVerifier({ engine, system, schedule, tail, isDev, ahead })
  }

  /** @throws RefutedError with the difference. */
  take(record: LogRecord, payload: Uint8Array): void {
    const difference = this.#verifier.verify(record)
    if (difference !== undefined) throw new RefutedError(new ExecutionDifferenceError(difference))
    this.#follow(record, payload)
  }

  /**
   * Blocks that have their end were executed before they came into the log. The one that is open is executed again from its
   * beginning, since execution goes on in it.
   */
  replay(record: LogRecord, payload: Uint8Array): void {
    if (record.kind === 'openBlock' || this.#open.length > 0) this.#open.push({ record, payload })
    else this.#applyHeld({ record, payload })
    if (record.kind !== 'closeBlock' && record.kind !== 'rewind') return
    for (const held of this.#open) this.#applyHeld(held)
    this.#open = []
  }

  override endReplay(): void {
    for (const { record, payload } of this.#open) this.take(record, payload)
    this.#open = []
  }

  #applyHeld({ record, payload }: Held): void {
    this.apply(record)
    this.#follow(record, payload)
  }

  #follow(record: LogRecord, payload: Uint8Array): void {
    this.#tail.follow(record, record.kind === 'chunk' ? chunkDigest(payload) : undefined)
  }
}
