import { RecoveryKernel } from '../../kernels/index.ts'
import {
  FORK_RULES,
  FORKS,
  type ManySigners,
  preparedBytes,
  recoverUsual,
  writePrepared,
} from '../../protocol/index.ts'
import { type Refusal, type TransactionRules, UNCAPPED_TRANSACTION_GAS } from '../../sequencer/index.ts'
import { FRAME_TRANSACTIONS, type IntakeRing } from './IntakeRing.ts'
import { prepareTransaction } from './prepareTransactions.ts'

/** What of the rules stays the same while the node runs. */
export type ChainRules = Pick<TransactionRules, 'chainId' | 'blockGasLimit'>

export type CellRefusal = { cell: number; refusal: Refusal }

/** `refusals`: what the sequencer won't see. `isWakeDue`: whether it is to be woken, see {@link IntakeRing.finish}. */
export type RecoveredFrame = { refusals: CellRefusal[]; isWakeDue: boolean }

/**
 * Checks the transactions of frames and fills their signers in. The usual transaction goes through the kernel and the
 * curve's library without an object; all others, and all refusals, through {@link prepareTransaction}.
 */
export class EntryRecovery {
  readonly #ring: IntakeRing
  readonly #rules: ChainRules
  readonly #many: ManySigners | undefined
  readonly #kernel = new RecoveryKernel()
  #forkIndex = -1

  /** @param many - for a thread whose frames are long; see recoverUsual. */
  constructor(ring: IntakeRing, rules: ChainRules, many?: ManySigners) {
    this.#ring = ring
    this.#rules = rules
    this.#many = many
  }

  /** Recovers a frame that was claimed, and finishes it. */
  recover(frame: number): RecoveredFrame {
    const ring = this.#ring
    this.#useRules(ring.forkIndexOf(frame))
    const count = ring.countOf(frame)
    recoverUsual(this.#kernel, ring.entriesOf(frame), count, this.#many)
    const refusals: CellRefusal[] = []
    let isWhole = true
    for (let place = 0; place < count; place++) {
      if (this.#kernel.parityOf(place) >= 0) continue
      isWhole = false
      const cell = frame * FRAME_TRANSACTIONS + place
      const refusal = this.#recoverUnusual(ring.offsetOf(cell))
      if (refusal === undefined) continue
      ring.refuse(cell)
      refusals.push({ cell, refusal })
    }
    return { refusals, isWakeDue: ring.finish(frame, isWhole) }
  }

  #useRules(forkIndex: number): void {
    if (forkIndex === this.#forkIndex) return
    this.#forkIndex = forkIndex
    const { chainId, blockGasLimit } = this.#rules
    let { maxTransactionGas: gasCap = UNCAPPED_TRANSACTION_GAS } = FORK_RULES[FORKS[forkIndex]!]
    if (blockGasLimit < gasCap) gasCap = blockGasLimit
    this.#kernel.setRules(chainId, gasCap, forkIndex)
  }

  #recoverUnusual(offset: number): Refusal | undefined {
    // A copy: an entry with fewer authorities than there was room for is written over it.
    const raw = this.#ring.rawAt(offset).slice()
    const prepared = prepareTransaction(raw, { ...this.#rules, fork: FORKS[this.#forkIndex]! })
    if (prepared.kind === 'refused') return prepared
    const { transaction } = prepared
    const entry = this.#ring.bytes.subarray(offset, offset + preparedBytes(transaction))
    writePrepared(transaction, entry, 0)
    return undefined
  }
}
