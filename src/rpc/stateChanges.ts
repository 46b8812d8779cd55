import { equalBytes } from '../lib/index.ts'
import { type AccountChange, ownStateDiff } from '../protocol/index.ts'
import { hexData } from './format.ts'
import type { ViewChunk } from './MiniBlockView.ts'

/** What happened to one account: in a chunk, or in several that follow one another. */
export type AccountChanges = {
  address: Uint8Array
  /** Its fields afterwards; undefined: only slots changed. */
  account: AccountChange | undefined
  /** New values by key in hex. */
  slots: Map<string, Uint8Array>
  /** Set where the chain had no such code before. */
  code: Uint8Array | undefined
  /** Chunks from the first to the last that mention it. */
  first: ViewChunk
  last: ViewChunk
}

/** The changes of a chunk by account, in order of first mention. */
export function changesOf(chunk: ViewChunk): AccountChanges[] {
  return [...changesOfAll([chunk]).values()]
}

/** The changes of several chunks together, by address in hex: the values after the last. */
export function changesOfAll(chunks: readonly ViewChunk[]): Map<string, AccountChanges> {
  const changes = new Map<string, AccountChanges>()
  for (const chunk of chunks) mergeDiff(changes, chunk)
  return changes
}

function mergeDiff(changes: Map<string, AccountChanges>, chunk: ViewChunk): void {
  const { accounts, slots, codes } = ownStateDiff(chunk.diff)
  const codesByHash = new Map(codes.map(({ hash, code }) => [hexData(hash), code]))
  for (const account of accounts) {
    const entry = entryOf(changes, account.address, chunk)
    const isSameCode = entry.account !== undefined && equalBytes(entry.account.codeHash, account.codeHash)
    entry.code = codesByHash.get(hexData(account.codeHash)) ?? (isSameCode ? entry.code : undefined)
    entry.account = account
  }
  for (const { address, key, value } of slots) entryOf(changes, address, chunk).slots.set(hexData(key), value)
}

function entryOf(
  changes: Map<string, AccountChanges>,
  address: Uint8Array,
  chunk: ViewChunk,
): AccountChanges {
  const name = hexData(address)
  let entry = changes.get(name)
  if (entry === undefined) {
    entry = { address, account: undefined, slots: new Map(), code: undefined, first: chunk, last: chunk }
    changes.set(name, entry)
  }
  entry.last = chunk
  return entry
}
