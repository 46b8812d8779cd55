import type { ChainView, StateReader } from './ChainView.ts'
import { hexData } from './format.ts'
import type { AccountFields, ViewMiniBlock } from './MiniBlockView.ts'
import { type AccountChanges, changesOfAll } from './stateChanges.ts'

/**
 * Nonces and balances of some accounts along mini-blocks that are read again: where only slots changed, the mini-block
 * doesn't say them.
 */
export class AccountTrail {
  readonly #known = new Map<string, AccountFields>()
  readonly #before: StateReader | undefined

  private constructor(before: StateReader | undefined) {
    this.#before = before
  }

  /** A trail that comes to `miniBlock` next. */
  static async before(
    miniBlock: ViewMiniBlock,
    { view, addresses }: { view: ChainView; addresses: ReadonlySet<string> },
  ): Promise<AccountTrail> {
    // The state is known between two EVM blocks.
    const first = miniBlock.number - BigInt(miniBlock.indexInBlock)
    const trail = new AccountTrail(view.stateAt({ number: miniBlock.blockNumber - 1n }))
    for await (const earlier of view.miniBlocks.read(first)) {
      if (earlier.number >= miniBlock.number) break
      for (const [name, changes] of changesOfAll(earlier.chunks))
        if (addresses.has(name)) trail.follow(changes)
    }
    return trail
  }

  /** Fields of an account after its next changes; undefined if they did not change and the state before is not kept. */
  follow({ address, account }: AccountChanges): AccountFields | undefined {
    const name = hexData(address)
    const fields = account ?? this.#known.get(name) ?? this.#fieldsBefore(address)
    if (fields !== undefined) this.#known.set(name, fields)
    return fields
  }

  #fieldsBefore(address: Uint8Array): AccountFields | undefined {
    const state = this.#before
    if (state === undefined) return undefined
    return { nonce: state.nonce(address), balance: state.balance(address) }
  }
}
