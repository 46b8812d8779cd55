import { ADDRESS_TERM } from '../protocol/index.ts'

// Kinds of keys that are hashed for the indexes and reverse diffs; a log's topics have 0 to 3, its address ADDRESS_TERM.
export const ACCOUNT_KEY = 5
export const SLOT_KEY = 6
/** A transaction's hash. */
export const HASH_TERM = 7

/** Bytes of a term of a kind. */
export function termBytes(kind: number): number {
  if (kind === ADDRESS_TERM || kind === ACCOUNT_KEY) return 20
  return kind === SLOT_KEY ? 52 : 32
}
