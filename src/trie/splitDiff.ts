import {
  DIFF_ACCOUNT_BYTES,
  DIFF_SLOT_BYTES,
  StateDiffFormatError,
  type StateDiffSections,
  splitStateDiff,
} from '../protocol/index.ts'
import { StateTrieError } from './StateTrie.ts'

/** The records of accounts and of slots in an encoded state diff (protocol/StateDiff.ts), as views. */
export type DiffParts = Pick<StateDiffSections, 'accounts' | 'slots'>

/** @throws StateTrieError if the diff is malformed. */
export function splitDiff(diff: Uint8Array): DiffParts {
  try {
    return splitStateDiff(diff)
  } catch (error) {
    if (error instanceof StateDiffFormatError) throw new StateTrieError('MALFORMED_DIFF', error.reason)
    throw error
  }
}

/** The same slots without those of accounts that `accounts` deletes. */
export function withoutDeleted({ accounts, slots }: DiffParts): Uint8Array {
  const deleted = new Set<string>()
  for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) {
    const address = latin1(accounts, at)
    if ((accounts[at + 20]! & 1) !== 0) deleted.add(address)
    else deleted.delete(address)
  }
  if (deleted.size === 0) return slots
  const kept = new Uint8Array(slots.length)
  let length = 0
  for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES) {
    if (deleted.has(latin1(slots, at))) continue
    kept.set(slots.subarray(at, at + DIFF_SLOT_BYTES), length)
    length += DIFF_SLOT_BYTES
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
