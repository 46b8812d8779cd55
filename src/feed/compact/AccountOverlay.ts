import { fromBigInt } from '../../lib/index.ts'
import { EMPTY_CODE_HASH } from '../../protocol/index.ts'
import type { AddressTable } from './AddressTable.ts'
import type { OldState } from './OldState.ts'
import { isEqualWord } from './words256.ts'

const FIRST_CAPACITY = 512

/** Accounts that a chunk is predicted to change, in the order in which it first did: as they were, and as they are then. */
export class AccountOverlay {
  readonly #addresses: AddressTable
  readonly #oldState: OldState
  count = 0
  /** Number of each one's address. */
  ids: Int32Array = new Int32Array(FIRST_CAPACITY)
  oldNonces: Float64Array = new Float64Array(FIRST_CAPACITY)
  nonces: Float64Array = new Float64Array(FIRST_CAPACITY)
  /** `count * 32`, big-endian. */
  oldBalances: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
  balances: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
  codeHashes: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
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
    this.#read(place, this.#addresses.address(id))
    return place
  }

  /** Whether a diff would list it. */
  isChanged(place: number): boolean {
    return (
      this.nonces[place] !== this.oldNonces[place] ||
      !isEqualWord(this.balances, place * 32, this.oldBalances, place * 32)
    )
  }

  #read(place: number, address: Uint8Array): void {
    const account = this.#oldState.account(address)
    const nonce = account === undefined ? 0 : Number(account.nonce)
    this.oldNonces[place] = nonce
    this.nonces[place] = nonce
    const at = place * 32
    this.codeHashes.set(account?.codeHash ?? EMPTY_CODE_HASH, at)
    this.oldBalances.set(fromBigInt(account?.balance ?? 0n, 32), at)
    for (let i = at; i < at + 32; i++) this.balances[i] = this.oldBalances[i]!
  }

  #growPlaces(id: number): void {
    const length = Math.max(1024, 2 * id)
    const [chunks, places] = [new Int32Array(length), new Int32Array(length)]
    chunks.set(this.#chunks)
    places.set(this.#places)
    this.#chunks = chunks
    this.#places = places
  }

  #grow(): void {
    const capacity = this.ids.length * 2
    this.ids = copyInto(new Int32Array(capacity), this.ids)
    this.oldNonces = copyInto(new Float64Array(capacity), this.oldNonces)
    this.nonces = copyInto(new Float64Array(capacity), this.nonces)
    this.oldBalances = copyInto(new Uint8Array(capacity * 32), this.oldBalances)
    this.balances = copyInto(new Uint8Array(capacity * 32), this.balances)
    this.codeHashes = copyInto(new Uint8Array(capacity * 32), this.codeHashes)
  }
}

function copyInto<T extends { set(source: T): void }>(target: T, source: T): T {
  target.set(source)
  return target
}
