import { keccak256Into } from '../kernels/index.ts'
import { bytesToHex, compareBytes, hexToBytes, isAllZero } from '../lib/index.ts'
import { ACCOUNT_DELETED, DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, splitStateDiff } from '../protocol/index.ts'
import type { PieceBuilder } from './PieceBuilder.ts'
import type { SnapshotReader } from './SnapshotReader.ts'
import type { StateChanges } from './StateChanges.ts'

const FLAGS_AT = 20

/**
 * The state that a snapshot and the changes since make, as pieces. Both are in the order of hashes, so one walk over the old
 * file does it; only entries next to a change are hashed, everything between is copied in one go.
 *
 * @param base - undefined for the empty state.
 * @returns A generator that does a piece (about 1 MiB) at each step, so that the caller sets the pace; it yields how many
 * bytes of the old file are read.
 */
export function* mergeSnapshot(
  base: SnapshotReader | undefined,
  changes: StateChanges,
  out: PieceBuilder,
): Generator<number, void> {
  const pieces = base?.pieces()
  let piece = pieces?.next()
  const progress = () => base?.offset ?? 0

  const known = new Set<string>()
  for (; piece?.value?.kind === 'codes'; piece = pieces!.next()) {
    for (const { hash, code } of splitStateDiff(piece.value.diff).codes) {
      known.add(bytesToHex(hash))
      out.code(hash, code)
    }
    yield progress()
  }
  for (const [hash, code] of changes.codes) if (!known.has(hash)) out.code(hexToBytes(hash), code)

  const accounts = new SectionMerge(accountChanges(changes), {
    entryBytes: DIFF_ACCOUNT_BYTES,
    hash: hashAccount,
    write: (entries) => out.accounts(entries),
  })
  for (; piece?.value?.kind === 'accounts'; piece = pieces!.next()) {
    accounts.merge(splitStateDiff(piece.value.diff).accounts)
    yield progress()
  }
  yield* rest(accounts, progress)

  const slots = new SectionMerge(slotChanges(changes), {
    entryBytes: DIFF_SLOT_BYTES,
    hash: hashSlot,
    write: (entries) => out.slots(entries),
  })
  for (; piece?.value?.kind === 'slots'; piece = pieces!.next()) {
    slots.merge(splitStateDiff(piece.value.diff).slots)
    yield progress()
  }
  yield* rest(slots, progress)
  out.end()
}

function* rest(section: SectionMerge, progress: () => number): Generator<number, void> {
  while (section.mergeRest()) yield progress()
}

/** `from`..`to` in the order of the section; the entries there are replaced by `entry`, or go. */
type Change = { from: Uint8Array; to: Uint8Array; entry: Uint8Array | undefined }

function* accountChanges(changes: StateChanges): Generator<Change> {
  for (const { hash, entry } of changes.accounts()) {
    const isDeleted = (entry[FLAGS_AT]! & ACCOUNT_DELETED) !== 0
    yield { from: hash, to: hash, entry: isDeleted ? undefined : entry }
  }
}

function* slotChanges(changes: StateChanges): Generator<Change> {
  for (const { accountHash, isWiped, slots } of changes.storages()) {
    let from = slotKey(accountHash, ZERO_HASH)
    for (const slot of slots) {
      const key = slotKey(accountHash, slot.hash)
      const isZero = isAllZero(slot.entry.subarray(52))
      // Where the storage was wiped, everything up to the next new slot goes.
      yield { from: isWiped ? from : key, to: key, entry: isZero ? undefined : slot.entry }
      from = key
    }
    if (isWiped) yield { from, to: slotKey(accountHash, LAST_HASH), entry: undefined }
  }
}

const ZERO_HASH = new Uint8Array(32)
const LAST_HASH = new Uint8Array(32).fill(0xff)

function slotKey(accountHash: Uint8Array, slotHash: Uint8Array): Uint8Array {
  const key = new Uint8Array(64)
  key.set(accountHash)
  key.set(slotHash, 32)
  return key
}

type Section = {
  entryBytes: number
  hash(entry: Uint8Array): Uint8Array
  write(entries: Uint8Array): void
}

/** New entries that are written between two steps of the caller's pace. */
const REST_STEP = 8192

/** Merges the entries of one section, piece by piece, with its changes. */
class SectionMerge {
  readonly #changes: Iterator<Change, void>
  readonly #section: Section
  #change: Change | undefined

  constructor(changes: Iterator<Change, void>, section: Section) {
    this.#changes = changes
    this.#section = section
    this.#advance()
  }

  /** Takes the next entries of the old file. */
  merge(entries: Uint8Array): void {
    const { entryBytes, write } = this.#section
    const count = entries.length / entryBytes
    const hashes = new Array<Uint8Array | undefined>(count)
    const hashAt = (i: number): Uint8Array => {
      hashes[i] ??= this.#section.hash(entries.subarray(i * entryBytes, (i + 1) * entryBytes))
      return hashes[i]
    }
    let at = 0
    while (this.#change !== undefined && compareBytes(this.#change.from, hashAt(count - 1)) <= 0) {
      const { from, to, entry } = this.#change
      const start = firstNotBelow(from, { at, count, hashAt })
      write(entries.subarray(at * entryBytes, start * entryBytes))
      at = start
      while (at < count && compareBytes(hashAt(at), to) <= 0) at++
      // What is left of a range that reaches beyond this piece goes on in the next one.
      if (at === count && compareBytes(to, hashAt(count - 1)) > 0) return
      if (entry !== undefined) write(entry)
      this.#advance()
    }
    write(entries.subarray(at * entryBytes))
  }

  /** Writes some of the changes behind the old file's last entry; false when none is left. */
  mergeRest(): boolean {
    for (let i = 0; i < REST_STEP; i++) {
      if (this.#change === undefined) return false
      if (this.#change.entry !== undefined) this.#section.write(this.#change.entry)
      this.#advance()
    }
    return true
  }

  #advance(): void {
    const next = this.#changes.next()
    this.#change = next.done === true ? undefined : next.value
  }
}

/** First entry from `at` on whose hash is not below `key`: steps double from `at`, then the range is halved. */
function firstNotBelow(
  key: Uint8Array,
  { at, count, hashAt }: { at: number; count: number; hashAt: (i: number) => Uint8Array },
): number {
  let low = at
  let step = 1
  while (low + step <= count && compareBytes(hashAt(low + step - 1), key) < 0) {
    low += step
    step *= 2
  }
  let high = Math.min(count, low + step - 1)
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareBytes(hashAt(middle), key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function hashAccount(entry: Uint8Array): Uint8Array {
  const hash = new Uint8Array(32)
  keccak256Into(entry.subarray(0, 20), hash, 0)
  return hash
}

function hashSlot(entry: Uint8Array): Uint8Array {
  const hash = new Uint8Array(64)
  keccak256Into(entry.subarray(0, 20), hash, 0)
  keccak256Into(entry.subarray(20, 52), hash, 32)
  return hash
}
