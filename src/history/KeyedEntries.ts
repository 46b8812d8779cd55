import type { SaltedHash } from './SaltedHash.ts'

/** Entries of a new table. */
const FIRST_CAPACITY = 16

/**
 * Entries of one size that begin with their key, in one buffer, found through an open-addressing hash table. Made for
 * hundreds of thousands of entries: nothing is allocated for one.
 */
export class KeyedEntries {
  readonly #kind: number
  readonly #keyBytes: number
  readonly #entryBytes: number
  readonly #hash: SaltedHash
  #count = 0
  #bytes: Uint8Array
  /** Hashes of the entries. */
  #hashes = new Uint32Array(FIRST_CAPACITY)
  /** Numbers of entries plus one, 0 where none is; twice as many slots as entries. */
  #slots = new Uint32Array(2 * FIRST_CAPACITY)

  /** @param options.kind - of the keys, for the hash. */
  constructor(hash: SaltedHash, options: { kind: number; keyBytes: number; entryBytes: number }) {
    this.#hash = hash
    this.#kind = options.kind
    this.#keyBytes = options.keyBytes
    this.#entryBytes = options.entryBytes
    this.#bytes = new Uint8Array(FIRST_CAPACITY * options.entryBytes)
  }

  get count(): number {
    return this.#count
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes.length + 4 * (this.#hashes.length + this.#slots.length)
  }

  /** Adds the entry at `source[at ..]` unless there is one with its key. */
  addIfMissing(source: Uint8Array, at: number): void {
    const hash = this.#hashOf(source, at)
    if (this.#find(source, at, hash) >= 0) return
    if (this.#count === this.#hashes.length) this.#grow()
    const start = this.#count * this.#entryBytes
    this.#bytes.set(source.subarray(at, at + this.#entryBytes), start)
    this.#hashes[this.#count] = hash
    this.#count++
    this.#place(this.#count - 1)
  }

  /** The entry with a key, as a view; undefined if there is none. */
  get(key: Uint8Array): Uint8Array | undefined {
    const entry = this.#find(key, 0, this.#hashOf(key, 0))
    return entry < 0 ? undefined : this.#entry(entry)
  }

  /** All entries, joined: a view. */
  all(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * this.#entryBytes)
  }

  /** The entries by the top `bits` of their hashes: of each of the 2 ** bits shards what it holds, joined. */
  *shards(bits: number): Generator<Uint8Array, void> {
    // A counting sort.
    const ends = new Uint32Array(1 << bits)
    for (let entry = 0; entry < this.#count; entry++) ends[shardOf(this.#hashes[entry]!, bits)]!++
    for (let shard = 1; shard < ends.length; shard++) ends[shard]! += ends[shard - 1]!
    const order = new Uint32Array(this.#count)
    const starts = ends.slice()
    for (let entry = this.#count - 1; entry >= 0; entry--) {
      order[--starts[shardOf(this.#hashes[entry]!, bits)]!] = entry
    }
    for (let shard = 0; shard < ends.length; shard++) {
      const joined = new Uint8Array((ends[shard]! - starts[shard]!) * this.#entryBytes)
      for (let i = starts[shard]!; i < ends[shard]!; i++) {
        joined.set(this.#entry(order[i]!), (i - starts[shard]!) * this.#entryBytes)
      }
      yield joined
    }
  }

  #entry(entry: number): Uint8Array {
    return this.#bytes.subarray(entry * this.#entryBytes, (entry + 1) * this.#entryBytes)
  }

  #hashOf(source: Uint8Array, at: number): number {
    this.#hash.hash(this.#kind, source, at, this.#keyBytes)
    return this.#hash.high
  }

  /** The entry's number, or -1. */
  #find(source: Uint8Array, at: number, hash: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1
      if (entry < 0) return -1
      if (this.#hashes[entry] === hash && this.#hasKey(entry, source, at)) return entry
    }
  }

  #hasKey(entry: number, source: Uint8Array, at: number): boolean {
    const start = entry * this.#entryBytes
    for (let i = 0; i < this.#keyBytes; i++) {
      if (this.#bytes[start + i] !== source[at + i]) return false
    }
    return true
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1
    let slot = this.#hashes[entry]! & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = entry + 1
  }

  #grow(): void {
    const capacity = 2 * this.#hashes.length
    const bytes = new Uint8Array(capacity * this.#entryBytes)
    bytes.set(this.#bytes)
    this.#bytes = bytes
    const hashes = new Uint32Array(capacity)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    this.#slots = new Uint32Array(2 * capacity)
    for (let entry = 0; entry < this.#count; entry++) this.#place(entry)
  }
}

/** Which of 2 ** bits shards a 32-bit hash belongs to. */
export function shardOf(hash: number, bits: number): number {
  return bits === 0 ? 0 : hash >>> (32 - bits)
}

/** The entry with a key among joined entries, as a view; undefined if there is none. */
export function findEntry(entries: Uint8Array, key: Uint8Array, entryBytes: number): Uint8Array | undefined {
  for (let at = 0; at < entries.length; at += entryBytes) {
    let i = 0
    while (i < key.length && entries[at + i] === key[i]) i++
    if (i === key.length) return entries.subarray(at, at + entryBytes)
  }
  return undefined
}
