import { fromBigInt } from '../../lib/index.ts'
import { EMPTY_CODE_HASH } from '../../protocol/index.ts'
import type { AddressTable } from './AddressTable.ts'
import type { OldState } from './OldState.ts'
import { bytesAt, copyWord, isEqualWord, viewOf } from './words256.ts'

const FIRST_CAPACITY = 512
/** nonce 8 · balance 32 · codeHash 32 */
export const OLD_ACCOUNT_BYTES = 72
const BALANCE_AT = 8
const CODE_AT = 40

/** Accounts that a chunk is predicted to change, in the order in which it first did: as they were, and as they are then. */
export class AccountOverlay {
  readonly #addresses: AddressTable
  readonly #oldState: OldState
  count = 0
  /** Number of each one's address. */
  ids: Int32Array = new Int32Array(FIRST_CAPACITY)
  /** `count * OLD_ACCOUNT_BYTES`. */
  #old: Uint8Array = new Uint8Array(FIRST_CAPACITY * OLD_ACCOUNT_BYTES)
  #oldView: DataView = viewOf(this.#old)
  #oldNonces: Float64Array = new Float64Array(FIRST_CAPACITY)
  nonces: Float64Array = new Float64Array(FIRST_CAPACITY)
  /** `count * 32`, big-endian. */
  balances: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
  balancesView: DataView = viewOf(this.balances)
  /** Per address: the chunk that met it last, and where. */
  #chunks = new Int32Array(0)
  #places = new Int32Array(0)
  #chunk = 0

  constructor(addresses: AddressTable, oldState: OldState) {
    this.#addresses = addresses
    this.#oldState = oldState
  }

  /** A chunk begins. */
  begin(): void {
    this.count = 0
    this.#chunk++
  }

  /** Where an account stands; it is read from the old state when it is met first. */
  touch(id: number): number {
    if (id >= this.#chunks.length) this.#growPlaces(id)
    if (this.#chunks[id] === this.#chunk) return this.#places[id]!
    const place = this.count++
    if (place === this.ids.length) this.#grow()
    this.#chunks[id] = this.#chunk
    this.#places[id] = place
    this.ids[place] = id
    this.#read(place, id)
    return place
  }

  /** Whether a diff would list it. */
  isChanged(place: number): boolean {
    return (
      this.nonces[place] !== this.#oldNonces[place] ||
      !isEqualWord(this.balancesView, place * 32, this.#oldView, place * OLD_ACCOUNT_BYTES + BALANCE_AT)
    )
  }

  /** Of the code that it had, which stays. */
  codeHash(place: number): Uint8Array {
    const at = place * OLD_ACCOUNT_BYTES + CODE_AT
    return this.#old.subarray(at, at + 32)
  }

  copyCodeHash(place: number, target: DataView, at: number): void {
    copyWord(target, at, this.#oldView, place * OLD_ACCOUNT_BYTES + CODE_AT)
  }

  #read(place: number, id: number): void {
    const at = place * OLD_ACCOUNT_BYTES
    const view = this.#oldView
    readOldAccount(this.#oldState, this.#addresses.view, id * 20, view, at)
    const nonce = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
    this.#oldNonces[place] = nonce
    this.nonces[place] = nonce
    copyWord(this.balancesView, place * 32, view, at + BALANCE_AT)
  }

  #growPlaces(id: number): void {
    const length = Math.max(1024, 2 * id)
    this.#chunks = into(new Int32Array(length), this.#chunks)
    this.#places = into(new Int32Array(length), this.#places)
  }

  #grow(): void {
    const capacity = this.ids.length * 2
    this.ids = into(new Int32Array(capacity), this.ids)
    this.#old = into(new Uint8Array(capacity * OLD_ACCOUNT_BYTES), this.#old)
    this.#oldView = viewOf(this.#old)
    this.#oldNonces = into(new Float64Array(capacity), this.#oldNonces)
    this.nonces = into(new Float64Array(capacity), this.nonces)
    this.balances = into(new Uint8Array(capacity * 32), this.balances)
    this.balancesView = viewOf(this.balances)
  }
}

/** Writes an account, that without nonce, balance and code where there is none; its address stands at `at`. */
export function readOldAccount(
  oldState: OldState,
  source: DataView,
  at: number,
  target: DataView,
  targetAt: number,
): void {
  if (oldState.readAccount !== undefined) {
    if (oldState.readAccount(source, at, target, targetAt)) return
    for (let i = 0; i < CODE_AT; i += 4) target.setInt32(targetAt + i, 0)
    copyWord(target, targetAt + CODE_AT, NO_CODE, 0)
    return
  }
  const account = oldState.account(bytesAt(source, at, 20))
  target.setBigUint64(targetAt, account?.nonce ?? 0n)
  copyWord(target, targetAt + BALANCE_AT, viewOf(fromBigInt(account?.balance ?? 0n, 32)), 0)
  copyWord(target, targetAt + CODE_AT, viewOf(account?.codeHash ?? EMPTY_CODE_HASH), 0)
}

const NO_CODE: DataView = viewOf(EMPTY_CODE_HASH)

function into<T extends { set(source: T): void }>(target: T, source: T): T {
  target.set(source)
  return target
}
