import type { MiningMode } from '../protocol/index.ts'

/** Blocks that are asked for. */
export type MineRequest = {
  /** Of the command. */
  id: number
  count: number
  /** Seconds by which the clock is put forward before each of the blocks. */
  stepS: bigint
  /** Whether also before the first. */
  stepsFirst: boolean
}

/** Most blocks that one command may ask for. */
export const MINED_BLOCKS_LIMIT = 100_000

/** Whether blocks are due: the mode, and what is asked for. */
export class Mining {
  #mode: MiningMode
  /** When the open block of the mode `interval` is to be closed, Unix milliseconds. */
  closeDueMs: number
  readonly #requests: MineRequest[] = []
  /** Number of the block before which the clock was put forward last. */
  #steppedFor: bigint | undefined

  constructor(mode: MiningMode, nowMs: number) {
    this.#mode = mode
    this.closeDueMs = nowMs
  }

  get mode(): MiningMode {
    return this.#mode
  }

  setMode(mode: MiningMode, nowMs: number): void {
    // Of regular blocks one is open already, which from now on takes as long as the new ones.
    this.closeDueMs = mode.kind === 'interval' && !this.isLazy ? nowMs + mode.ms : nowMs
    this.#mode = mode
  }

  get isLazy(): boolean {
    return this.mode.kind !== 'interval'
  }

  /** A block is asked for. */
  get isAsked(): boolean {
    return this.#requests.length > 0
  }

  ask(request: MineRequest): void {
    this.#requests.push(request)
  }

  /** Seconds by which the clock goes on before this block is opened, the first time that it is asked. */
  stepFor(blockNumber: bigint): bigint {
    const request = this.#requests[0]
    if (request === undefined || this.#steppedFor === blockNumber) return 0n
    this.#steppedFor = blockNumber
    const steps = request.stepsFirst
    request.stepsFirst = true
    return steps ? request.stepS : 0n
  }

  /** Blocks were given up: their numbers come again. */
  rewound(): void {
    this.#steppedFor = undefined
  }

  /** A block was opened. */
  opened(nowMs: number): void {
    if (this.mode.kind === 'interval')
      this.closeDueMs = nextDue(this.closeDueMs, { nowMs, intervalMs: this.mode.ms })
  }

  /** A block was closed. Gives the command that has all its blocks now. */
  closed(): number | undefined {
    const request = this.#requests[0]
    if (request === undefined || --request.count > 0) return undefined
    this.#requests.shift()
    return request.id
  }
}

/** The next time of something regular: in step with the last, or from now on when a whole turn was missed. */
export function nextDue(dueMs: number, { nowMs, intervalMs }: { nowMs: number; intervalMs: number }): number {
  return dueMs + intervalMs > nowMs ? dueMs + intervalMs : nowMs + intervalMs
}
