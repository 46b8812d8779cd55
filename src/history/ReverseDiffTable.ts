import { concatBytes, hexToBytes } from '../lib/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES } from '../protocol/index.ts'
import { HistoryCorruptError } from './errors.ts'
import { findEntry, shardOf } from './KeyedEntries.ts'
import {
  type ChangedEntries,
  decodeAccountEntry,
  type ReverseDiff,
  type StateBefore,
  slotKeyOf,
  slotValueOf,
} from './ReverseDiff.ts'
import type { SaltedHash } from './SaltedHash.ts'
import {
  type HistoryRoot,
  indexedKey,
  numberKey,
  openTable,
  readNumber,
  removalsBehind,
  type Table,
} from './tables.ts'
import { ACCOUNT_KEY, SLOT_KEY } from './terms.ts'

/** A reverse diff is divided until a shard has about so many entries: a read copies one. */
const SHARD_ENTRIES = 128
const MAX_SHARD_BITS = 16

/**
 * Reverse diffs of the newest blocks in the database.
 *
 * Tables (integers in keys big-endian, in values little-endian): `undo` u64 number → u8 shardBits · hash 32 of every code
 * that left an account · `undoShards` u64 number, u32 shard → u32 bytes of accounts · accounts · slots, as in a
 * StateDiff, none if the shard is empty · `oldCodes` hash 32, u64 number of the block that it left an account in → code ·
 * of `meta`: `undoFrom` → u64 number of the first block since the last that has no reverse diff.
 *
 * Shards are put before the head, by which a reverse diff is there.
 */
export class ReverseDiffTable {
  readonly #heads: Table
  readonly #shards: Table
  readonly #codes: Table
  readonly #meta: Table
  readonly #folder: string
  readonly #hash: SaltedHash
  #first: bigint | undefined

  constructor(root: HistoryRoot, { meta, folder, hash }: { meta: Table; folder: string; hash: SaltedHash }) {
    this.#meta = meta
    this.#heads = openTable(root, 'undo')
    this.#shards = openTable(root, 'undoShards')
    this.#codes = openTable(root, 'oldCodes')
    this.#folder = folder
    this.#hash = hash
    const from = meta.getBinary(FROM_KEY)
    if (from !== undefined) this.#first = readNumber(from)
    for (const key of this.#heads.getKeys({ limit: 1 })) this.#setFirst(readNumber(key))
  }

  /** The oldest block from which on all have one, or will have; undefined before the first block. */
  get firstNumber(): bigint | undefined {
    return this.#first
  }

  /** Puts the shards of a block's reverse diff, one a step. */
  *putShards(number: bigint, diff: ReverseDiff): Generator<void, void> {
    const bits = shardBitsOf(diff)
    const slots = diff.slots.shards(bits)
    let shard = -1
    for (const ofAccounts of diff.accounts.shards(bits)) {
      shard++
      const ofSlots = slots.next().value!
      if (ofAccounts.length + ofSlots.length === 0) continue
      const length = new Uint8Array(4)
      new DataView(length.buffer).setUint32(0, ofAccounts.length, true)
      this.#shards.put(indexedKey(numberKey(number), shard), concatBytes(length, ofAccounts, ofSlots))
      yield
    }
  }

  /** Puts what makes a block's reverse diff be there. Its shards go before. Undefined: it has none. */
  putHead(number: bigint, diff: ReverseDiff | undefined): void {
    if (diff === undefined) {
      this.#meta.put(FROM_KEY, numberKey(number + 1n))
      this.#setFirst(number + 1n)
      return
    }
    const hashes = [...diff.codes.keys()].map(hexToBytes)
    this.#heads.put(numberKey(number), concatBytes(Uint8Array.of(shardBitsOf(diff)), ...hashes))
    for (const [hash, code] of diff.codes) this.#codes.put(codeKey(hexToBytes(hash), number), code)
    this.#setFirst(this.#first ?? number)
  }

  /** Removes the oldest reverse diffs, `most` of them at most, as far as they are of blocks before `number`. */
  removeBefore(number: bigint, most: number): void {
    if (number <= 0n) return
    const oldest = this.#heads.getRange({ end: numberKey(number), limit: most })
    for (const { key, value } of [...oldest]) {
      this.#remove(readNumber(key), value)
      this.#setFirst(readNumber(key) + 1n)
    }
  }

  /** Removes what makes the reverse diff of a block be there; in a batch. */
  removeHead(number: bigint): void {
    const head = this.#heads.getBinary(numberKey(number))
    if (head === undefined) return
    this.#removeCodes(number, head)
    this.#heads.remove(numberKey(number))
  }

  /** Removes shards of blocks above `number`, also of those whose head has not come; one a step. */
  *shardRemovals(number: bigint): Generator<void, void> {
    yield* removalsBehind(this.#shards, number)
  }

  /**
   * The blocks above `number` are given up: the next has a reverse diff. In a batch, before their heads are removed. What is
   * put tells the next start, as no head may be left that does.
   */
  cut(number: bigint): void {
    if (this.#first === undefined) return
    if (this.#first > number + 1n) this.#first = number + 1n
    this.#meta.put(FROM_KEY, numberKey(this.#first))
  }

  /** Whether a block has a reverse diff here. */
  has(number: bigint): boolean {
    return this.#heads.doesExist(numberKey(number))
  }

  /** What stood before a block; undefined if it has no reverse diff. */
  stateBefore(number: bigint): StateBefore | undefined {
    const shardBits = this.#heads.getBinaryFast(numberKey(number))?.[0]
    if (shardBits === undefined) return undefined
    return {
      account: (address) => {
        const shard = this.#shard(number, shardBits, ACCOUNT_KEY, address)
        const entry = shard && findEntry(shard.accounts, address, DIFF_ACCOUNT_BYTES)
        return entry && decodeAccountEntry(entry)
      },
      slot: (address, key) => {
        const slotKey = slotKeyOf(address, key)
        const shard = this.#shard(number, shardBits, SLOT_KEY, slotKey)
        const entry = shard && findEntry(shard.slots, slotKey, DIFF_SLOT_BYTES)
        return entry && slotValueOf(entry)
      },
      code: (hash) => this.code(hash),
    }
  }

  /** Everything that a block changed, in parts, with the values before; none if it has no reverse diff. */
  *changesOf(number: bigint): Generator<ChangedEntries, void> {
    const shardBits = this.#heads.getBinaryFast(numberKey(number))?.[0]
    if (shardBits === undefined) return
    for (let index = 0; index < 1 << shardBits; index++) {
      const shard = this.#shardAt(number, index)
      if (shard !== undefined) yield shard
    }
  }

  /** Views of a buffer that the next read overwrites. */
  #shard(number: bigint, shardBits: number, kind: number, key: Uint8Array): ChangedEntries | undefined {
    this.#hash.hash(kind, key, 0, key.length)
    return this.#shardAt(number, shardOf(this.#hash.high, shardBits))
  }

  #shardAt(number: bigint, index: number): ChangedEntries | undefined {
    const bytes = this.#shards.getBinaryFast(indexedKey(numberKey(number), index))
    if (bytes === undefined) return undefined
    const accountsEnd = 4 + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
    const slotBytes = bytes.length - accountsEnd
    if (accountsEnd % DIFF_ACCOUNT_BYTES !== 4 || slotBytes < 0 || slotBytes % DIFF_SLOT_BYTES !== 0) {
      throw new HistoryCorruptError(this.#folder, number)
    }
    return { accounts: bytes.subarray(4, accountsEnd), slots: bytes.subarray(accountsEnd, bytes.length) }
  }

  /** A code that left an account, whichever block it left in. */
  code(hash: Uint8Array): Uint8Array | undefined {
    const range = { start: codeKey(hash, 0n), end: codeKey(hash, LAST_NUMBER), limit: 1 }
    for (const { value } of this.#codes.getRange(range)) return value
    return undefined
  }

  #remove(number: bigint, head: Uint8Array): void {
    for (let shard = 0; shard < 1 << head[0]!; shard++)
      this.#shards.remove(indexedKey(numberKey(number), shard))
    this.#removeCodes(number, head)
    this.#heads.remove(numberKey(number))
  }

  #removeCodes(number: bigint, head: Uint8Array): void {
    for (let at = 1; at < head.length; at += 32)
      this.#codes.remove(codeKey(head.subarray(at, at + 32), number))
  }

  #setFirst(number: bigint): void {
    if (this.#first === undefined || number > this.#first) this.#first = number
  }
}

const FROM_KEY: Uint8Array = new TextEncoder().encode('undoFrom')
const LAST_NUMBER = 2n ** 64n - 1n

function codeKey(hash: Uint8Array, number: bigint): Uint8Array {
  return concatBytes(hash, numberKey(number))
}

function shardBitsOf({ accounts, slots }: ReverseDiff): number {
  const count = accounts.count + slots.count
  let bits = 0
  while (bits < MAX_SHARD_BITS && count > SHARD_ENTRIES << bits) bits++
  return bits
}
