import {
  Engine,
  type EngineOptions,
  type EvmTier,
  Speculator,
  type TransactionOutcome,
} from '../src/execution/index.ts'
import { CELL } from '../src/kernels/index.ts'
import { assert } from '../src/lib/index.ts'
import { ExecutedTransactions, encodePrepared } from '../src/protocol/index.ts'

const LIMITS = { transactions: 1, gas: 1n << 62n }

/**
 * An engine whose transactions a second engine executes ahead: what comes of that is committed wherever it holds, as if a
 * thread had done it (execution/Speculator.ts). Both are on one thread, so that every transaction takes this way.
 */
export class SpeculatedEngine extends Engine {
  constructor(options: EngineOptions & { evm: EvmTier }) {
    let speculator: Speculator | undefined
    super({
      ...options,
      sharing: { speculators: 1 },
      parallel: { mode: 'always', lead: 0, onOpen: () => speculator!.work() },
    })
    speculator = new Speculator({ base: this.kernel.shared, index: 0, evm: options.evm })
  }

  /** Its output and its halt are not known of a speculation. */
  override executeTransaction(
    raw: Uint8Array,
    sender: Uint8Array,
    authorities: readonly (Uint8Array | undefined)[],
  ): TransactionOutcome {
    const { stop } = this.executeBatch(encodePrepared([{ raw, sender, authorities }]), LIMITS)
    const { count, transactions } = this.takeChunk()
    assert(stop?.kind !== 'unavailable', 'the engine stands on nothing')
    if (stop !== undefined) return stop
    assert(count === 1, 'it was executed or stopped')
    return {
      kind: 'executed',
      status: this.kernel.getU32(CELL.resultStatus) === 1 ? 1 : 0,
      gasUsed: this.kernel.getU64(CELL.resultGasUsed),
      receipt: ExecutedTransactions.readAll(transactions)!.at(0)!.receipt.slice(),
      output: new Uint8Array(0),
      halt: undefined,
    }
  }
}
