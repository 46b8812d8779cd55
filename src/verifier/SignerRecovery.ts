import { RecoveryKernel } from '../kernels/index.ts'
import { concatBytes } from '../lib/index.ts'
import {
  decodeTransaction,
  type ExecutedTransaction,
  encodePrepared,
  FORK_RULES,
  FORKS,
  type Fork,
  isMadeUpSignature,
  type PreparedTransaction,
  preparedBytes,
  recoverAuthorities,
  recoverSender,
  recoverUsual,
} from '../protocol/index.ts'
import { type BlockSchedule, checkTransaction, UNCAPPED_TRANSACTION_GAS } from '../sequencer/index.ts'

const NO_SENDER = new Uint8Array(20)

/** Consecutive transactions ready for the engine, with signers that come from their signatures alone. */
export type RecoveredGroup = {
  /** Prepared entries, one behind the other: up to the first transaction that nobody can have signed. */
  entries: Uint8Array
  /** What is wrong with that one; undefined: there is none. */
  problem: string | undefined
}

/** Recovers the signers of executed transactions, since a record may claim any. */
export class SignerRecovery {
  readonly #chainId: bigint
  readonly #gasLimit: bigint
  readonly #isDev: boolean
  readonly #kernel = new RecoveryKernel()

  /** @param isDev - transactions with signatures that are made up are taken: see madeUpSignature.ts in `protocol`. */
  constructor(
    { chainId, gasLimit }: Pick<BlockSchedule, 'chainId' | 'gasLimit'>,
    { isDev }: { isDev: boolean },
  ) {
    this.#chainId = chainId
    this.#gasLimit = gasLimit
    this.#isDev = isDev
  }

  /**
   * In groups that the engine takes at once; after a problem there is no other.
   *
   * @param fork - of the block that they are in.
   */
  *recover(transactions: Iterable<ExecutedTransaction>, fork: Fork): Generator<RecoveredGroup, void> {
    const { maxTransactionGas: gasCap = UNCAPPED_TRANSACTION_GAS } = FORK_RULES[fork]
    this.#kernel.setRules(this.#chainId, gasCap, FORKS.indexOf(fork))
    for (const group of groupsOf(transactions, this.#kernel)) {
      const recovered = this.#recoverGroup(group, fork)
      yield recovered
      if (recovered.problem !== undefined) return
    }
  }

  #recoverGroup(group: readonly ExecutedTransaction[], fork: Fork): RecoveredGroup {
    const usual = encodePrepared(group.map(({ raw }) => unsigned(raw)))
    // One that is too large for the kernel is alone in its group.
    const isTaken = usual.length <= this.#kernel.entriesLimit
    if (isTaken) recoverUsual(this.#kernel, usual, group.length)
    const entries: Uint8Array[] = []
    let at = 0
    for (const [place, transaction] of group.entries()) {
      const bytes = preparedBytes(unsigned(transaction.raw))
      const entry = usual.subarray(at, at + bytes)
      at += bytes
      if (isTaken && this.#kernel.parityOf(place) >= 0 && !this.#mayBeMadeUp(transaction)) {
        entries.push(entry)
        continue
      }
      const recovered = this.#recoverUnusual(transaction, fork)
      if (typeof recovered === 'string') return { entries: concatBytes(...entries), problem: recovered }
      entries.push(encodePrepared([recovered]))
    }
    return { entries: concatBytes(...entries), problem: undefined }
  }

  /** It ends as a signature does whose s is 1. */
  #mayBeMadeUp({ raw }: ExecutedTransaction): boolean {
    return this.#isDev && raw.at(-1) === 1
  }

  /** What is wrong with it, if it is no transaction of this chain, or nobody can have signed it. */
  #recoverUnusual({ raw, sender: claimed }: ExecutedTransaction, fork: Fork): PreparedTransaction | string {
    const decoded = this.#isDev
      ? decodeTransaction(raw)
      : checkTransaction(raw, { chainId: this.#chainId, fork, blockGasLimit: this.#gasLimit })
    if (!('transaction' in decoded)) return decoded.message
    const { transaction } = decoded
    const sender =
      this.#isDev && isMadeUpSignature(transaction, claimed) ? claimed : recoverSender(transaction)
    if (sender === undefined) return 'invalid signature: it leads to no sender'
    return { raw, sender, authorities: recoverAuthorities(transaction) }
  }
}

function unsigned(raw: Uint8Array): PreparedTransaction {
  return { raw, sender: NO_SENDER, authorities: [] }
}

/** As many at once as the kernel takes. */
function* groupsOf(
  transactions: Iterable<ExecutedTransaction>,
  { slots, entriesLimit }: RecoveryKernel,
): Generator<ExecutedTransaction[]> {
  let group: ExecutedTransaction[] = []
  let bytes = 0
  for (const transaction of transactions) {
    const more = preparedBytes(unsigned(transaction.raw))
    if (group.length === slots.length || (group.length > 0 && bytes + more > entriesLimit)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(transaction)
    bytes += more
  }
  if (group.length > 0) yield group
}
