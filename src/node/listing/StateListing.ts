import type { Engine } from '../../execution/index.ts'
import type { BlockHistory } from '../../history/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, concatBytes, equalBytes } from '../../lib/index.ts'
import { DIFF_SLOT_BYTES, EMPTY_TRIE_ROOT } from '../../protocol/index.ts'
import {
  type AccountsWish,
  ExecutionError,
  type ListedAccount,
  type ListedAccounts,
  type ListedSlot,
  type ListedSlots,
  type ListingView,
  type SlotsWish,
  type ViewBlock,
} from '../../rpc/index.ts'
import { JobQueue } from '../JobQueue.ts'
import {
  BlockReplay,
  changesBetween,
  IntermediateRoots,
  type NodesOf,
  StateGoneError,
  type ViewStates,
} from '../past/index.ts'
import type { SealerClient } from '../SealerClient.ts'
import { changedSlots, withChanges } from './changedSlots.ts'
import { KnownNames } from './KnownNames.ts'
import { modifiedAccounts } from './modifiedAccounts.ts'

/** Accounts and slots that may have changed between two states. */
const CHANGE_LIMIT = 100_000
/** Blocks whose changes are looked at for names. */
const NAMING_BLOCKS = 16n
const ZERO = new Uint8Array(32)

type ListedChain = {
  engine: Engine
  history: BlockHistory
  states: ViewStates
  nodesOf: NodesOf
  sealer: () => Pick<SealerClient, 'accounts' | 'storage'> | undefined
  blockByNumber: (number: bigint) => ViewBlock | undefined
  /** Resolves once a block is sealed. */
  sealed: (number: bigint) => Promise<void>
}

/** Lists what the trie holds after the newest sealed blocks, with names that the engine knows; one after another. */
export class StateListing implements ListingView {
  readonly #chain: ListedChain
  readonly #replay: BlockReplay
  readonly #roots: IntermediateRoots
  readonly #queue = new JobQueue('lists of the state')

  constructor(chain: ListedChain) {
    this.#chain = chain
    this.#replay = new BlockReplay(chain.states)
    this.#roots = new IntermediateRoots(new BlockReplay(chain.states), chain)
  }

  async accounts(blockNumber: bigint, wish: AccountsWish): Promise<ListedAccounts | undefined> {
    // Before its turn: nobody else is to wait for that.
    await this.#chain.sealed(blockNumber)
    return await this.#inTurn(() => this.#accounts(blockNumber, wish))
  }

  async storage(place: { number: bigint; index: number }, wish: SlotsWish): Promise<ListedSlots | undefined> {
    await this.#chain.sealed(place.number - 1n)
    return await this.#inTurn(() => this.#storage(place, wish))
  }

  modified(from: bigint, to: bigint): Promise<Uint8Array[] | undefined> {
    return this.#inTurn(async () => {
      const { history, states } = this.#chain
      const check = (count: number): void => {
        if (count > CHANGE_LIMIT)
          throw new ExecutionError(`more than ${CHANGE_LIMIT} accounts and slots have changed`)
      }
      const before = await changesBetween(history, { from, to, check })
      const after = states.at(to)
      if (before === undefined || after === undefined) return undefined
      return await modifiedAccounts(before.entries, after.base)
    })
  }

  async roots(blockNumber: bigint): Promise<Uint8Array[] | undefined> {
    await this.#chain.sealed(blockNumber - 1n)
    return await unlessGone(this.#roots.make(blockNumber))
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T | undefined> {
    return unlessGone(this.#queue.run(job))
  }

  async #accounts(number: bigint, wish: AccountsWish): Promise<ListedAccounts | undefined> {
    const range = { start: wish.start, count: wish.limit + 1 }
    const found = await this.#chain.sealer()?.accounts(number, range)
    if (found === undefined) return undefined
    let next = found[wish.limit]?.hash
    const names = new KnownNames(this.#chain.engine)
    const listed = found.slice(0, wish.limit)
    const addresses = await names.addresses(listed.map(({ hash }) => hash))
    const accounts: ListedAccount[] = []
    let room = wish.slotLimit
    for (const account of listed) {
      const address = addresses.get(bytesToHex(account.hash))
      const hasSlots = room !== undefined && !equalBytes(account.storageRoot, EMPTY_TRIE_ROOT)
      const slots = hasSlots
        ? await this.#slotsOf({ number, hash: account.hash, address, limit: room!, names })
        : []
      if (slots === undefined) return undefined
      if (slots === 'tooMany') {
        if (accounts.length === 0) throw new ExecutionError(tooManySlots(account.hash, wish.slotLimit!))
        next = account.hash
        break
      }
      if (room !== undefined) room -= slots.length
      accounts.push({ ...account, address, slots, code: this.#codeOf(account.codeHash) })
    }
    return { accounts, next }
  }

  async #slotsOf({
    number,
    hash,
    address,
    limit,
    names,
  }: {
    number: bigint
    hash: Uint8Array
    address: Uint8Array | undefined
    limit: number
    names: KnownNames
  }): Promise<ListedSlot[] | 'tooMany' | undefined> {
    const found = await this.#chain.sealer()?.storage(number, hash, { start: ZERO, count: limit + 1 })
    if (found === undefined) return undefined
    return found.length > limit ? 'tooMany' : await named(found, { address, names })
  }

  async #storage(
    { number, index }: { number: bigint; index: number },
    { address, start, limit }: SlotsWish,
  ): Promise<ListedSlots | undefined> {
    const { blockByNumber, engine } = this.#chain
    const transactions = blockByNumber(number)?.transactions
    if (transactions === undefined || number === 0n) return undefined
    const replayed = await this.#replay.diffs(number, transactions.slice(0, index))
    if (replayed === undefined) return undefined
    const changes = changedSlots([...replayed.written, ...replayed.changed], address)
    // Those that are gone may stand before `limit` others.
    const range = { start, count: limit + 1 + changes.slots.size }
    const found = await this.#chain.sealer()?.storage(number - 1n, keccak256(address), range)
    if (found === undefined) return undefined
    const slots = withChanges(found, changes, start)
    return {
      slots: await named(slots.slice(0, limit), {
        ...{ address, names: new KnownNames(engine) },
        more: this.#keysSince(number, address),
      }),
      next: slots[limit]?.hash,
    }
  }

  /** Keys of slots that blocks from this one on have changed: the engine doesn't know those that are zero now. */
  *#keysSince(number: bigint, address: Uint8Array): Generator<Uint8Array, void> {
    const { history } = this.#chain
    for (let later = number; later < number + NAMING_BLOCKS && history.hasChangesOf(later); later++)
      for (const { slots } of history.changesOf(later)) yield keysIn(slots, address)
  }

  #codeOf(codeHash: Uint8Array): Uint8Array {
    const { engine, history } = this.#chain
    return engine.getCodeByHash(codeHash) ?? history.oldCode(codeHash) ?? new Uint8Array(0)
  }
}

/** Undefined when a state went out of the window meanwhile. */
async function unlessGone<T>(made: Promise<T>): Promise<T | undefined> {
  try {
    return await made
  } catch (error) {
    if (error instanceof StateGoneError) return undefined
    throw error
  }
}

/** Of an account's entries in a StateDiff. */
function keysIn(slots: Uint8Array, address: Uint8Array): Uint8Array {
  const keys: Uint8Array[] = []
  for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES)
    if (equalBytes(slots.subarray(at, at + 20), address)) keys.push(slots.subarray(at + 20, at + 52))
  return concatBytes(...keys)
}

async function named(
  slots: readonly { hash: Uint8Array; key?: Uint8Array | undefined; value: Uint8Array }[],
  {
    address,
    names,
    more,
  }: { address: Uint8Array | undefined; names: KnownNames; more?: Iterable<Uint8Array> },
): Promise<ListedSlot[]> {
  const unnamed = slots.filter(({ key }) => key === undefined).map(({ hash }) => hash)
  const keys =
    address === undefined || unnamed.length === 0
      ? new Map<string, Uint8Array>()
      : await names.slotKeys({ address, ...(more === undefined ? {} : { more }) }, unnamed)
  return slots.map(({ hash, key, value }) => ({ hash, key: key ?? keys.get(bytesToHex(hash)), value }))
}

function tooManySlots(hash: Uint8Array, limit: number): string {
  return `the account with the hash ${bytesToHex(hash)} has more than ${limit} slots: ask without storage, and for its storage by debug_storageRangeAt`
}
