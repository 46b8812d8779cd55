import { StateTrieError } from './StateTrie.ts'

const COUNT_BYTES = 4
const ACCOUNT_BYTES = 93
const SLOT_BYTES = 84
const CODE_HEAD_BYTES = 36

/** The records of accounts and of slots in an encoded state diff (protocol/StateDiff.ts), as views. */
export type DiffParts = { accounts: Uint8Array; slots: Uint8Array }

/** @throws StateTrieError if the diff is malformed. */
export function splitDiff(diff: Uint8Array): DiffParts {
  const view = new DataView(diff.buffer, diff.byteOffset, diff.byteLength)
  const accounts = recordsAt(diff, view, 0, ACCOUNT_BYTES)
  const slotsAt = COUNT_BYTES + accounts.length
  const slots = recordsAt(diff, view, slotsAt, SLOT_BYTES)
  checkCodes(view, slotsAt + COUNT_BYTES + slots.length)
  return { accounts, slots }
}

function recordsAt(diff: Uint8Array, view: DataView, at: number, recordBytes: number): Uint8Array {
  const start = at + COUNT_BYTES
  const end = start + countAt(view, at, recordBytes) * recordBytes
  return diff.subarray(start, end)
}

/** The count at `at`, when that many items of at least `itemBytes` follow. */
function countAt(view: DataView, at: number, itemBytes: number): number {
  if (at + COUNT_BYTES > view.byteLength) throw cut(view, at + COUNT_BYTES)
  const count = view.getUint32(at, true)
  const end = at + COUNT_BYTES + count * itemBytes
  if (end > view.byteLength) throw cut(view, end)
  return count
}

function checkCodes(view: DataView, codesAt: number): void {
  let at = codesAt + COUNT_BYTES
  for (let left = countAt(view, codesAt, CODE_HEAD_BYTES); left > 0; left--) {
    if (at + CODE_HEAD_BYTES > view.byteLength) throw cut(view, at + CODE_HEAD_BYTES)
    at += CODE_HEAD_BYTES + countAt(view, at + 32, 1)
  }
  if (at !== view.byteLength) {
    throw new StateTrieError('MALFORMED_DIFF', `has ${view.byteLength - at} bytes after its end`)
  }
}

function cut(view: DataView, needed: number): StateTrieError {
  return new StateTrieError('MALFORMED_DIFF', `has ${view.byteLength} bytes where ${needed} are needed`)
}

/** The same slots without those of accounts that `accounts` deletes. */
export function withoutDeleted({ accounts, slots }: DiffParts): Uint8Array {
  const deleted = new Set<string>()
  for (let at = 0; at < accounts.length; at += ACCOUNT_BYTES) {
    const address = latin1(accounts, at)
    if ((accounts[at + 20]! & 1) !== 0) deleted.add(address)
    else deleted.delete(address)
  }
  if (deleted.size === 0) return slots
  const kept = new Uint8Array(slots.length)
  let length = 0
  for (let at = 0; at < slots.length; at += SLOT_BYTES) {
    if (deleted.has(latin1(slots, at))) continue
    kept.set(slots.subarray(at, at + SLOT_BYTES), length)
    length += SLOT_BYTES
  }
  return kept.subarray(0, length)
}

function latin1(records: Uint8Array, at: number): string {
  return String.fromCharCode(...records.subarray(at, at + 20))
}

/** Records in pieces of at most `count`. */
export function* piecesOf(records: Uint8Array, recordBytes: number, count: number): Generator<Uint8Array> {
  for (let at = 0; at < records.length; at += count * recordBytes) {
    yield records.subarray(at, at + count * recordBytes)
  }
}
