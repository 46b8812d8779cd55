import { keccak256Into } from '../kernels/index.ts'
import { assert, bytesToHex, equalBytes } from '../lib/index.ts'
import { ACCOUNT_DELETED, DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, splitStateDiff } from '../protocol/index.ts'
import { ByteTable } from './ByteTable.ts'
import { compareHashes, SORTABLE_ROWS, sortRowsByHash } from './sortRows.ts'

/** Most accounts, and most slot writes, that one StateChanges takes; about 4 GiB of both. */
export const STATE_CHANGES_LIMIT: number = SORTABLE_ROWS
const FLAGS_AT = 20

/** What happened to an account. */
const UNTOUCHED = 0 // only its slots changed
const SET = 1
const DELETED = 2

/** An account that was set or deleted; `hash`: keccak256(address), `entry`: as in an encoded StateDiff. */
export type ChangedAccount = { hash: Uint8Array; entry: Uint8Array }

/** An account's storage. */
export type ChangedStorage = {
  /** keccak256(address), 32 bytes. */
  accountHash: Uint8Array
  /** The account was deleted, and may have been made again: no older slot of it exists any more. */
  isWiped: boolean
  /** Its changed slots in the order of keccak-256 of their keys; each once, a value of zero deletes. */
  slots: Iterable<ChangedSlot>
}

/** `hash`: keccak256(key), 32 bytes; `entry`: the slot as in an encoded StateDiff. */
export type ChangedSlot = { hash: Uint8Array; entry: Uint8Array }

/**
 * The net changes of many state diffs, off the collector's heap: what a snapshot takes over at once. Of several values
 * of an account or a slot the last one counts.
 */
export class StateChanges {
  readonly #accounts = new ByteTable(DIFF_ACCOUNT_BYTES)
  readonly #accountHashes = new ByteTable(32)
  /** Per account: what happened to it. */
  readonly #kinds = new ByteTable(1)
  /** Of deleted accounts: slots written before this row are gone. */
  readonly #wipedBefore = new Map<number, number>()
  /** Open addressing by account hash: account number + 1. */
  #index = new Uint32Array(1 << 12)
  readonly #slots = new ByteTable(DIFF_SLOT_BYTES)
  readonly #slotHashes = new ByteTable(32)
  #owners = new Uint32Array(1 << 12)
  #order = new Uint32Array(0)
  readonly #codes = new Map<string, Uint8Array>()
  readonly #hash = new Uint8Array(32)
  /** Slots of one account mostly come together. */
  #lastAddress = new Uint8Array(0)
  #lastOwner = 0

  /** Accounts and slot writes held. */
  get count(): number {
    return this.#accounts.count + this.#slots.count
  }

  /** About as many bytes as a snapshot of them takes. */
  get sizeBytes(): number {
    return this.#accounts.count * DIFF_ACCOUNT_BYTES + this.#slots.count * DIFF_SLOT_BYTES
  }

  /** Whether a diff with so many accounts and slots still fits. */
  hasRoomFor({ accounts, slots }: { accounts: number; slots: number }): boolean {
    return (
      this.#accounts.count + accounts + slots <= STATE_CHANGES_LIMIT &&
      this.#slots.count + slots <= STATE_CHANGES_LIMIT
    )
  }

  /** Adds an encoded StateDiff, which follows those before; asserts that it fits. Keeps no view of it. */
  apply(diff: Uint8Array): void {
    const { accounts, slots, codes } = splitStateDiff(diff)
    const counts = { accounts: accounts.length / DIFF_ACCOUNT_BYTES, slots: slots.length / DIFF_SLOT_BYTES }
    assert(this.hasRoomFor(counts), `at most ${STATE_CHANGES_LIMIT} changed accounts and slots`)
    for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES)
      this.setAccount(accounts.subarray(at, at + DIFF_ACCOUNT_BYTES))
    for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES)
      this.setSlot(slots.subarray(at, at + DIFF_SLOT_BYTES))
    for (const { hash, code } of codes) this.addCode(hash, code)
  }

  addCode(hash: Uint8Array, code: Uint8Array): void {
    const key = bytesToHex(hash)
    if (!this.#codes.has(key)) this.#codes.set(key, code.slice())
  }

  /** One account, as in an encoded StateDiff. Returns false where it was set before (the new value counts). */
  setAccount(entry: Uint8Array): boolean {
    const account = this.#accountOf(entry.subarray(0, 20))
    const kind = this.#kinds.row(account)
    const isNew = kind[0] !== SET
    this.#accounts.row(account).set(entry)
    const isDeleted = (entry[FLAGS_AT]! & ACCOUNT_DELETED) !== 0
    kind[0] = isDeleted ? DELETED : SET
    if (isDeleted) this.#wipedBefore.set(account, this.#slots.count)
    return isNew
  }

  /** One slot, as in an encoded StateDiff. A slot of an account that is deleted now is gone with it. */
  setSlot(entry: Uint8Array): void {
    const address = entry.subarray(0, 20)
    if (!equalBytes(address, this.#lastAddress)) {
      this.#lastOwner = this.#accountOf(address)
      this.#lastAddress = address.slice()
    }
    const owner = this.#lastOwner
    if (this.#kinds.row(owner)[0] === DELETED) return
    const row = this.#slots.push()
    this.#slots.row(row).set(entry)
    keccak256Into(entry.subarray(20, 52), this.#slotHashes.row(this.#slotHashes.push()), 0)
    if (row === this.#owners.length) this.#owners = grown(this.#owners)
    this.#owners[row] = owner
  }

  /** Codes by hash in hexadecimal. */
  get codes(): ReadonlyMap<string, Uint8Array> {
    return this.#codes
  }

  /** Accounts in the order of keccak-256 of their addresses. The byte strings are views, as all here. */
  *accounts(): Generator<ChangedAccount> {
    for (const account of this.#sortedAccounts()) {
      if (this.#kinds.row(account)[0] === UNTOUCHED) continue
      yield { hash: this.#accountHashes.row(account), entry: this.#accounts.row(account) }
    }
  }

  /** Storage that changed, in the order of keccak-256 of addresses. */
  *storages(): Generator<ChangedStorage> {
    if (this.#slots.count === 0 && this.#wipedBefore.size === 0) return
    const { starts, rows } = this.#slotsByOwner()
    for (const account of this.#sortedAccounts()) {
      const [start, end] = [starts[account]!, starts[account + 1]!]
      const wipedBefore = this.#wipedBefore.get(account)
      if (start === end && wipedBefore === undefined) continue
      yield {
        accountHash: this.#accountHashes.row(account),
        isWiped: wipedBefore !== undefined,
        slots: this.#sortedSlots(rows.subarray(start, end), wipedBefore ?? 0),
      }
    }
  }

  /** Sorted anew only when an account was added. */
  #sortedAccounts(): Uint32Array {
    const { count } = this.#accounts
    if (this.#order.length < count) {
      this.#order = new Uint32Array(count)
      for (let account = 0; account < count; account++) this.#order[account] = account
      sortRowsByHash(this.#order, this.#accountHashes)
    }
    return this.#order
  }

  *#sortedSlots(rows: Uint32Array, wipedBefore: number): Generator<ChangedSlot> {
    if (rows.length > 1) sortRowsByHash(rows, this.#slotHashes)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      // Equal hashes stand in the order of their writes: the last one counts.
      const next = rows[i + 1]
      if (next !== undefined && compareHashes(this.#slotHashes, { a: row, b: next }) === 0) continue
      if (row >= wipedBefore) yield { hash: this.#slotHashes.row(row), entry: this.#slots.row(row) }
    }
  }

  /** Rows of slots, grouped by account: those of account `a` are `rows[starts[a]..starts[a + 1]]`. */
  #slotsByOwner(): { starts: Uint32Array; rows: Uint32Array } {
    const starts = new Uint32Array(this.#accounts.count + 1)
    for (let row = 0; row < this.#slots.count; row++) starts[this.#owners[row]! + 1]!++
    for (let account = 0; account < this.#accounts.count; account++) starts[account + 1]! += starts[account]!
    const next = starts.slice()
    const rows = new Uint32Array(this.#slots.count)
    for (let row = 0; row < this.#slots.count; row++) rows[next[this.#owners[row]!]!++] = row
    return { starts, rows }
  }

  /** Number of the account; one is made where there is none. */
  #accountOf(address: Uint8Array): number {
    keccak256Into(address, this.#hash, 0)
    const position = this.#find(this.#hash)
    const found = this.#index[position]!
    if (found !== 0) return found - 1
    const account = this.#accounts.push()
    this.#accounts.row(account).set(address)
    this.#accountHashes.row(this.#accountHashes.push()).set(this.#hash)
    this.#kinds.push()
    this.#index[position] = account + 1
    if (this.#accounts.count * 2 > this.#index.length) this.#growIndex()
    return account
  }

  /** Cell of the index where the account is, or would be put. */
  #find(hash: Uint8Array): number {
    const mask = this.#index.length - 1
    let position = indexHash(hash, 0) & mask
    for (let found = this.#index[position]!; found !== 0; found = this.#index[position]!) {
      if (equalBytes(this.#accountHashes.row(found - 1), hash)) break
      position = (position + 1) & mask
    }
    return position
  }

  #growIndex(): void {
    const index = new Uint32Array(this.#index.length * 2)
    const mask = index.length - 1
    for (let account = 0; account < this.#accounts.count; account++) {
      let position =
        indexHash(this.#accountHashes.chunkOf(account), this.#accountHashes.offsetOf(account)) & mask
      while (index[position] !== 0) position = (position + 1) & mask
      index[position] = account + 1
    }
    this.#index = index
  }
}

function indexHash(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2)
  larger.set(array)
  return larger
}
