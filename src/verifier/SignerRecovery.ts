import { RecoveryKernel } from '../kernels/index.ts'
import { concatBytes } from '../lib/index.ts'
import {
  decodeTransaction,
  type ExecutedTransaction,
  type ExecutedTransactions,
  encodePrepared,
  FORK_RULES,
  FORKS,
  type Fork,
  isMadeUpSignature,
  ManySigners,
  mayBeMadeUp,
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

/** Whoever has recovered signers before they are asked for. */
export type SignersAhead = {
  /** None is known. */
  readonly isEmpty: boolean
  /**
   * The next transactions whose signers are known, as far as they are those from `place` on: their prepared entries, and
   * how many they are. Undefined where the one at `place` is not the next. None with a signature that may be made up.
   */
  take(transactions: ExecutedTransactions, place: number): { entries: Uint8Array; count: number } | undefined
}

/** Recovers the signers of executed transactions, since a record may claim any. */
export class SignerRecovery {
  readonly #chainId: bigint
  readonly #gasLimit: bigint
  readonly #isDev: boolean
  readonly #ahead: SignersAhead | undefined
  readonly #kernel = new RecoveryKernel()
  readonly #many = new ManySigners()

  /** @param isDev - transactions with signatures that are made up are taken: see madeUpSignature.ts in `protocol`. */
  constructor(
    { chainId, gasLimit }: Pick<BlockSchedule, 'chainId' | 'gasLimit'>,
    { isDev, ahead }: { isDev: boolean; ahead?: SignersAhead | undefined },
  ) {
    this.#ahead = ahead
    this.#chainId = chainId
    this.#gasLimit = gasLimit
    this.#isDev = isDev
  }

  /**
   * In groups that the engine takes at once; after a problem there is no other.
   *
   * @param fork - of the block that they are in.
   */
  *recover(transactions: ExecutedTransactions, fork: Fork): Generator<RecoveredGroup, void> {
    const { maxTransactionGas: gasCap = UNCAPPED_TRANSACTION_GAS } = FORK_RULES[fork]
    this.#kernel.setRules(this.#chainId, gasCap, FORKS.indexOf(fork))
    for (let place = 0; place < transactions.length; ) {
      const known = this.#ahead?.take(transactions, place)
      if (known !== undefined) {
        yield { entries: known.entries, problem: undefined }
        place += known.count
        continue
      }
      const mayFollow = this.#ahead !== undefined && !this.#ahead.isEmpty
      const group = groupAt(transactions, place, this.#kernel, mayFollow ? 1 : undefined)
      const recovered = this.#recoverGroup(group, fork)
      yield recovered
      if (recovered.problem !== undefined) return
      place += group.length
    }
  }

  #recoverGroup(group: readonly ExecutedTransaction[], fork: Fork): RecoveredGroup {
    const usual = encodePrepared(group.map(({ raw }) => unsigned(raw)))
    // One that is too large for the kernel is alone in its group.
    const isTaken = usual.length <= this.#kernel.entriesLimit
    if (isTaken) recoverUsual(this.#kernel, usual, group.length, this.#many)
    const entries: Uint8Array[] = []
    let at = 0
    for (const [place, transaction] of group.entries()) {
      const bytes = preparedBytes(unsigned(transaction.raw))
      const entry = usual.subarray(at, at + bytes)
      at += bytes
      if (isTaken && this.#kernel.parityOf(place) >= 0 && !(this.#isDev && mayBeMadeUp(transaction.raw))) {
        entries.push(entry)
        continue
      }
      const recovered = this.#recoverUnusual(transaction, fork)
      if (typeof recovered === 'string') return { entries: concatBytes(...entries), problem: recovered }
      entries.push(encodePrepared([recovered]))
    }
    return { entries: concatBytes(...entries), problem: undefined }
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

/** Those from `place` on, as many at once as the kernel takes, unless fewer are wanted. */
function groupAt(
  transactions: ExecutedTransactions,
  place: number,
  { slots, entriesLimit }: RecoveryKernel,
  limit: number = slots.length,
): ExecutedTransaction[] {
  const group: ExecutedTransaction[] = []
  let bytes = 0
  for (let at = place; at < transactions.length && group.length < limit; at++) {
    const transaction = transactions.at(at)!
    bytes += preparedBytes(unsigned(transaction.raw))
    if (group.length > 0 && bytes > entriesLimit) break
    group.push(transaction)
  }
  return group
}
