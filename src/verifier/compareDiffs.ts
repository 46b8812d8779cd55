import { bytesToHex, equalBytes } from '../lib/index.ts'
import { type AccountChange, decodeStateDiff, ownStateDiff, type StateDiff } from '../protocol/index.ts'
import { compareBytes, compareValues } from './compareTransactions.ts'
import type { FieldDifference } from './Difference.ts'

/** Of an account or a slot that a diff does not list. */
const UNCHANGED = 'not changed'

/** What a diff changes, by name, and to what: so that two diffs can be compared entry by entry. */
type Entries = Map<string, string>

export type DiffDifference = FieldDifference & {
  /** Name of the entry in which they differ, for {@link entryOf}; undefined where it is not about one entry. */
  entry: string | undefined
}

/** The first difference between two encoded state diffs, in the order of ours; undefined where they are the same bytes. */
export function compareDiffs(ours: Uint8Array, theirs: Uint8Array): DiffDifference | undefined {
  if (equalBytes(ours, theirs)) return undefined
  const other = decodeStateDiff(theirs)
  if (!other.ok) return { field: 'state diff', ours: 'a state diff', theirs: other.message, entry: undefined }
  const mine = ownStateDiff(ours)
  return (
    compareAccounts(mine.accounts, other.diff.accounts) ??
    compareEntries(slotsOf(mine), slotsOf(other.diff)) ??
    compareEntries(codesOf(mine), codesOf(other.diff)) ??
    compareOrder(mine, other.diff)
  )
}

/** What a diff of this engine changes an entry to; undefined where it does not list it. */
export function entryOf(diff: Uint8Array, entry: string): string | undefined {
  const parts = ownStateDiff(diff)
  const accounts: Entries = new Map(parts.accounts.map((account) => [nameOf(account), described(account)]))
  return accounts.get(entry) ?? slotsOf(parts).get(entry) ?? codesOf(parts).get(entry)
}

function compareAccounts(
  ours: readonly AccountChange[],
  theirs: readonly AccountChange[],
): DiffDifference | undefined {
  const others = new Map(theirs.map((account) => [nameOf(account), account]))
  for (const mine of ours) {
    const entry = nameOf(mine)
    const other = others.get(entry)
    others.delete(entry)
    const difference =
      other === undefined
        ? { field: entry, ours: described(mine), theirs: UNCHANGED }
        : compareFields(entry, mine, other)
    if (difference !== undefined) return { ...difference, entry }
  }
  for (const [entry, other] of others)
    return { field: entry, ours: UNCHANGED, theirs: described(other), entry: undefined }
  return undefined
}

function compareFields(
  entry: string,
  ours: AccountChange,
  theirs: AccountChange,
): FieldDifference | undefined {
  return (
    compareValues(`existence of ${entry}`, existence(ours), existence(theirs)) ??
    compareValues(`nonce of ${entry}`, ours.nonce, theirs.nonce) ??
    compareValues(`balance of ${entry}`, ours.balance, theirs.balance) ??
    compareBytes(`code hash of ${entry}`, ours.codeHash, theirs.codeHash)
  )
}

function compareEntries(ours: Entries, theirs: Entries): DiffDifference | undefined {
  for (const [entry, mine] of ours) {
    const other = theirs.get(entry) ?? UNCHANGED
    if (mine !== other) return { field: entry, ours: mine, theirs: other, entry }
  }
  for (const [entry, other] of theirs)
    if (!ours.has(entry)) return { field: entry, ours: UNCHANGED, theirs: other, entry: undefined }
  return undefined
}

/** Both change the same to the same. */
function compareOrder(ours: StateDiff, theirs: StateDiff): DiffDifference {
  const [mine, others] = [namesIn(ours), namesIn(theirs)]
  const at = mine.findIndex((name, i) => name !== others[i])
  const what = at === -1 ? mine.length : at
  const told = (names: string[]): string => names[what] ?? 'nothing more'
  return {
    field: `order of the state diff at ${what}`,
    ours: told(mine),
    theirs: told(others),
    entry: undefined,
  }
}

function namesIn(diff: StateDiff): string[] {
  return [...diff.accounts.map(nameOf), ...diff.slots.map(slotName), ...diff.codes.map(codeName)]
}

function slotsOf({ slots }: StateDiff): Entries {
  return new Map(slots.map((slot) => [slotName(slot), bytesToHex(slot.value)]))
}

function codesOf({ codes }: StateDiff): Entries {
  return new Map(codes.map((code) => [codeName(code), bytesToHex(code.code)]))
}

function nameOf({ address }: { address: Uint8Array }): string {
  return `account ${bytesToHex(address)}`
}

function slotName({ address, key }: { address: Uint8Array; key: Uint8Array }): string {
  return `slot ${bytesToHex(key)} of account ${bytesToHex(address)}`
}

function codeName({ hash }: { hash: Uint8Array }): string {
  return `code ${bytesToHex(hash)}`
}

function existence({ deleted }: AccountChange): string {
  return deleted ? 'deleted' : 'there'
}

function described({ deleted, nonce, balance, codeHash }: AccountChange): string {
  return deleted ? 'deleted' : `nonce ${nonce}, balance ${balance}, code hash ${bytesToHex(codeHash)}`
}
