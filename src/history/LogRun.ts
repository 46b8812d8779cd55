/** Most terms of a run, which takes 18 bytes of memory for each and reserves 8 to sort them, and most blocks. */
export type RunLimits = { entries: number; blocks: number }
export const RUN_LIMITS: RunLimits = { entries: 1 << 20, blocks: 1 << 16 }
/** At most 2 ** 10 shards, a thousand terms each. */
const MAX_SHARD_BITS = 10
const SHARD_ENTRIES = 1024
/** Slots of the memory for what was added last. */
const RECENT_SLOTS = 4096
const NONE = 0xffffffff

/** A term of a log: 32 bits that are compared (`key`), and 10 others that choose the shard. */
export type Term = { key: number; shard: number }

export function termOf({ high, low }: { high: number; low: number }): Term {
  return { key: high, shard: low >>> (32 - MAX_SHARD_BITS) }
}

/**
 * A place: part `part` of block `block` (counted from the run's first), as one number that sorts by block, then part.
 */
export const positionOf = (block: number, part: number): number => block * 2 ** 32 + part
export const blockOf = (position: number): number => Math.floor(position / 2 ** 32)
export const partOf = (position: number): number => position % 2 ** 32

/**
 * Which parts of some following blocks hold which terms, in memory. It is filled block by block, then written shard by
 * shard. Entries of one shard are a chain, newest first, so that adding touches a few numbers and writing needs no pass
 * over the whole.
 */
export class LogRun {
  readonly limits: RunLimits
  readonly #keys: Uint32Array
  readonly #blocks: Uint32Array
  readonly #parts: Uint32Array
  /** The entry before of the same shard. */
  readonly #next: Uint32Array
  readonly #newest = new Uint32Array(1 << MAX_SHARD_BITS).fill(NONE)
  /** Shards of the entries: needed to take entries back. */
  readonly #shards: Uint16Array
  readonly #recent = new Uint32Array(RECENT_SLOTS)
  /** For {@link encodeShard}: written as far as the largest shard reaches. */
  readonly #order: Float64Array
  #count = 0

  /** @param limits - smaller ones than RUN_LIMITS are for tests. */
  constructor(limits: RunLimits) {
    this.limits = limits
    this.#keys = new Uint32Array(limits.entries)
    this.#blocks = new Uint32Array(limits.entries)
    this.#parts = new Uint32Array(limits.entries)
    this.#next = new Uint32Array(limits.entries)
    this.#shards = new Uint16Array(limits.entries)
    this.#order = new Float64Array(limits.entries)
  }

  get count(): number {
    return this.#count
  }

  /**
   * Adds terms, but for those that the same part had a moment ago; false if there is no room.
   *
   * @param terms - the SaltedHash of each: high and low in turn.
   */
  addAll(terms: Uint32Array, block: number, part: number): boolean {
    for (let i = 0; i < terms.length; i += 2) {
      if (!this.#add(terms[i]!, terms[i + 1]!, block, part)) return false
    }
    return true
  }

  #add(high: number, low: number, block: number, part: number): boolean {
    const shard = low >>> (32 - MAX_SHARD_BITS)
    const slot = low % RECENT_SLOTS
    const last = this.#recent[slot]!
    const isThere =
      last < this.#count &&
      this.#keys[last] === high &&
      this.#parts[last] === part &&
      this.#blocks[last] === block &&
      this.#shards[last] === shard
    if (isThere) return true
    const entry = this.#count
    if (entry === this.limits.entries) return false
    this.#keys[entry] = high
    this.#blocks[entry] = block
    this.#parts[entry] = part
    this.#shards[entry] = shard
    this.#next[entry] = this.#newest[shard]!
    this.#newest[shard] = entry
    this.#recent[slot] = entry
    this.#count++
    return true
  }

  /** Takes back what was added last, down to `count` entries. */
  truncate(count: number): void {
    while (this.#count > count) {
      this.#count--
      this.#newest[this.#shards[this.#count]!] = this.#next[this.#count]!
    }
  }

  /** Takes back what was added of blocks behind one. */
  truncateBehind(block: number): void {
    let count = this.#count
    while (count > 0 && this.#blocks[count - 1]! > block) count--
    this.truncate(count)
  }

  /** Positions of a term, in no order; one may come twice. */
  find({ key, shard }: Term): number[] {
    const positions: number[] = []
    for (let entry = this.#newest[shard]!; entry !== NONE; entry = this.#next[entry]!) {
      if (this.#keys[entry] === key) positions.push(positionOf(this.#blocks[entry]!, this.#parts[entry]!))
    }
    return positions
  }

  /** Into how many shards the run is written: 2 to the power of this. */
  get shardBits(): number {
    let bits = 0
    while (bits < MAX_SHARD_BITS && this.#count > SHARD_ENTRIES << bits) bits++
    return bits
  }

  /**
   * A shard as it is written; empty if it has no entry. Three columns of little-endian u32, ordered by key, then
   * position: keys · blocks · parts.
   */
  encodeShard(index: number, shardBits: number): Uint8Array {
    const order = this.#sortedShard(index, shardBits)
    const count = order.length
    const columns = new Uint32Array(3 * count)
    for (let i = 0; i < count; i++) {
      const key = Math.floor(order[i]! / RUN_LIMITS.entries)
      const entry = order[i]! - key * RUN_LIMITS.entries
      columns[i] = key
      columns[count + i] = this.#blocks[entry]!
      columns[2 * count + i] = this.#parts[entry]!
    }
    return new Uint8Array(columns.buffer)
  }

  /**
   * The entries of a written shard, ordered by key, then position: key · 2 ** 20 + number of the entry. Entries are numbered
   * in order of position, and 32 bits of key and 20 of number make one exact double to sort by.
   */
  #sortedShard(index: number, shardBits: number): Float64Array {
    const merged = 1 << (MAX_SHARD_BITS - shardBits)
    const order = this.#order
    let count = 0
    for (let shard = index * merged; shard < (index + 1) * merged; shard++) {
      for (let entry = this.#newest[shard]!; entry !== NONE; entry = this.#next[entry]!)
        order[count++] = this.#keys[entry]! * RUN_LIMITS.entries + entry
    }
    return order.subarray(0, count).sort()
  }
}

/** Which written shard holds a term. */
export function writtenShardOf({ shard }: Term, shardBits: number): number {
  return shard >>> (MAX_SHARD_BITS - shardBits)
}

/** Positions of a term in an encoded shard, in order; one may come twice. Inverse of {@link LogRun.encodeShard}. */
export function findInShard(bytes: Uint8Array, { key }: Term): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.length / 12
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (view.getUint32(4 * middle, true) < key) low = middle + 1
    else high = middle
  }
  const positions: number[] = []
  for (let i = low; i < count && view.getUint32(4 * i, true) === key; i++) {
    positions.push(
      positionOf(view.getUint32(4 * (count + i), true), view.getUint32(4 * (2 * count + i), true)),
    )
  }
  return positions
}
