import { bytesToHex, toBigInt } from '../lib/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, type StateDiffSections } from '../protocol/index.ts'
import { KeyedEntries } from './KeyedEntries.ts'
import type { SaltedHash } from './SaltedHash.ts'
import { ACCOUNT_KEY, SLOT_KEY } from './terms.ts'

/** Accounts and slots of one block; a block that changes more has no reverse diff. */
export const REVERSE_DIFF_ENTRIES: number = 1 << 20

/** An account before a block. */
export type AccountBefore = {
  /** False: there was none, and the other members are zero. */
  exists: boolean
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
}

/** Entries of accounts and slots, as in a StateDiff. */
export type ChangedEntries = { accounts: Uint8Array; slots: Uint8Array }

/** What stood where blocks changed something: reads of the state before a block. Undefined: the block left it alone. */
export type StateBefore = {
  account(address: Uint8Array): AccountBefore | undefined
  /** 32 bytes. */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array | undefined
  /** Of a code that left an account in the block. */
  code(hash: Uint8Array): Uint8Array | undefined
}

/**
 * The values before a block of everything that it changes, gathered while it runs: the first value that anything had
 * stays.
 */
export class ReverseDiff implements StateBefore {
  readonly accounts: KeyedEntries
  readonly slots: KeyedEntries
  /** By hash in hex. */
  readonly codes: Map<string, Uint8Array> = new Map()
  #codeBytes = 0

  constructor(hash: SaltedHash) {
    this.accounts = new KeyedEntries(hash, {
      kind: ACCOUNT_KEY,
      keyBytes: 20,
      entryBytes: DIFF_ACCOUNT_BYTES,
    })
    this.slots = new KeyedEntries(hash, { kind: SLOT_KEY, keyBytes: 52, entryBytes: DIFF_SLOT_BYTES })
  }

  /** Bytes held. */
  get bytes(): number {
    return this.accounts.bytes + this.slots.bytes + this.#codeBytes
  }

  /** The block changes more than is kept: it has no reverse diff then. */
  get isTooLarge(): boolean {
    return this.accounts.count + this.slots.count > REVERSE_DIFF_ENTRIES
  }

  /**
   * Adds the values before a later part of the block: the sections of the StateDiff that takes that part back, with the
   * codes that left an account.
   */
  add({ accounts, slots, codes }: StateDiffSections): void {
    if (this.isTooLarge) return
    for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) this.accounts.addIfMissing(accounts, at)
    for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES) this.slots.addIfMissing(slots, at)
    for (const { hash, code } of codes) {
      this.codes.set(bytesToHex(hash), code)
      this.#codeBytes += code.length
    }
  }

  /** All of it. */
  get entries(): ChangedEntries {
    return { accounts: this.accounts.all(), slots: this.slots.all() }
  }

  account(address: Uint8Array): AccountBefore | undefined {
    const entry = this.accounts.get(address)
    return entry && decodeAccountEntry(entry)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    const entry = this.slots.get(slotKeyOf(address, key))
    return entry && slotValueOf(entry)
  }

  code(hash: Uint8Array): Uint8Array | undefined {
    return this.codes.get(bytesToHex(hash))
  }
}

/** The key of a slot among all of the state: address, then key. */
export function slotKeyOf(address: Uint8Array, key: Uint8Array): Uint8Array {
  const joined = new Uint8Array(52)
  joined.set(address)
  joined.set(key, 20)
  return joined
}

/** The value in a slot's 84 bytes of a StateDiff: a copy, also of a Buffer, whose slice is none. */
export function slotValueOf(entry: Uint8Array): Uint8Array {
  return new Uint8Array(entry.subarray(52, 84))
}

/** An account's 93 bytes in a StateDiff. */
export function decodeAccountEntry(entry: Uint8Array): AccountBefore {
  return {
    exists: entry[20] === 0,
    nonce: toBigInt(entry.subarray(21, 29)),
    balance: toBigInt(entry.subarray(29, 61)),
    codeHash: new Uint8Array(entry.subarray(61, 93)),
  }
}
