import type { OpenBlock } from '../feed/index.ts'
import { type BlockWishes, calcExcessBlobGas, nextBaseFee } from '../protocol/index.ts'
import type { BlockSchedule } from './blockEnvironment.ts'
import type { ClosedBlock } from './ChainTail.ts'

/** A header's time has 64 bits; half of them are enough, and what adds to it stays within them. */
const LATEST_TIME = (1n << 63n) - 1n
const NO_BEACON_ROOT: Uint8Array = new Uint8Array(32)

/**
 * The header fields with which blocks are opened: the chain's rules and the clock, unless a developer wants others.
 *
 * Timestamps are whole seconds, never less than the parent's. The developer may move the clock: it then goes on from
 * there.
 */
export class NextBlock {
  readonly #schedule: BlockSchedule
  readonly #randomness: () => Uint8Array
  /** Seconds by which the chain's clock is ahead of the machine's. */
  #offsetS = 0n
  #coinbase: Uint8Array
  #gasLimit: bigint
  #interval: bigint | undefined
  #wishes: Pick<BlockWishes, 'timestamp' | 'baseFeePerGas' | 'prevRandao'> = {}
  /** Number of the block that was opened with the wishes. */
  #grantedTo: bigint | undefined

  constructor(schedule: BlockSchedule, randomness: () => Uint8Array) {
    this.#schedule = schedule
    this.#randomness = randomness
    this.#coinbase = schedule.coinbase
    this.#gasLimit = schedule.gasLimit
  }

  /** The chain's clock, Unix seconds. */
  clockS(nowMs: number): bigint {
    return machineS(nowMs) + this.#offsetS
  }

  /** By how much it is ahead of the machine's. */
  get offsetS(): bigint {
    return this.#offsetS
  }

  /** Puts the clock forward. */
  increaseTime(seconds: bigint): void {
    this.#offsetS += seconds
  }

  /** Sets the clock. @param time - Unix seconds. */
  setTime(time: bigint, nowMs: number): void {
    this.#offsetS = time - machineS(nowMs)
  }

  /** @param isOpen - the newest block takes part: it has no transactions yet, and will be opened again. */
  wish({ coinbase, gasLimit, timestampInterval, ...wishes }: BlockWishes, isOpen: boolean): void {
    if (this.#grantedTo !== undefined && !isOpen) this.#forget()
    Object.assign(this.#wishes, wishes)
    this.#coinbase = coinbase ?? this.#coinbase
    this.#gasLimit = gasLimit ?? this.#gasLimit
    if (timestampInterval !== undefined) this.#interval = timestampInterval ?? undefined
  }

  /** Blocks were given up: their numbers come again, without what was wished for them. */
  rewound(): void {
    if (this.#grantedTo !== undefined) this.#forget()
  }

  /** The record that opens the block after `parent`. @param isStrict - its timestamp is to be greater than the parent's. */
  open(parent: ClosedBlock, { nowMs, isStrict }: { nowMs: number; isStrict: boolean }): OpenBlock {
    const number = parent.number + 1n
    if (this.#grantedTo !== undefined && this.#grantedTo !== number) this.#forget()
    this.#grantedTo = number
    // A clock that was put forward again and again stands still there.
    const wanted = this.#timestampAfter(parent, { nowMs, isStrict })
    const timestamp = wanted < LATEST_TIME ? wanted : LATEST_TIME
    const schedule = this.#schedule
    const fork = schedule.forkAt(timestamp)
    return {
      kind: 'openBlock',
      ...{ number, timestamp, coinbase: this.#coinbase, gasLimit: this.#gasLimit },
      baseFeePerGas: this.baseFeeAfter(parent),
      prevRandao: this.#wishes.prevRandao ?? this.#randomness(),
      excessBlobGas: calcExcessBlobGas(parent, fork, schedule.blobScheduleAt(timestamp)),
      // There is no beacon chain below: EIP-4788 stores zeros.
      parentBeaconBlockRoot: NO_BEACON_ROOT,
    }
  }

  /** Base fee of the block after `parent`, which has not been opened yet or has no transactions. */
  baseFeeAfter(parent: ClosedBlock): bigint {
    const isGranted = this.#grantedTo === undefined || this.#grantedTo === parent.number + 1n
    return (isGranted ? this.#wishes.baseFeePerGas : undefined) ?? nextBaseFee(parent)
  }

  #timestampAfter(parent: ClosedBlock, { nowMs, isStrict }: { nowMs: number; isStrict: boolean }): bigint {
    const wanted = this.#wishes.timestamp
    if (wanted !== undefined) {
      this.setTime(wanted, nowMs)
      return wanted
    }
    if (this.#interval !== undefined) return parent.timestamp + this.#interval
    const earliest = isStrict ? parent.timestamp + 1n : parent.timestamp
    const now = this.clockS(nowMs)
    return now > earliest ? now : earliest
  }

  #forget(): void {
    this.#wishes = {}
    this.#grantedTo = undefined
  }
}

function machineS(nowMs: number): bigint {
  return BigInt(Math.floor(nowMs / 1000))
}
