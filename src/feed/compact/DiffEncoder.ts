import { keccak256 } from '../../kernels/index.ts'
import { equalBytes, isAllZero } from '../../lib/index.ts'
import {
  DIFF_ACCOUNT_BYTES,
  DIFF_SLOT_BYTES,
  EMPTY_CODE_HASH,
  StateDiffFormatError,
  type StateDiffSections,
  splitStateDiff,
} from '../../protocol/index.ts'
import {
  ACCOUNT_BALANCE_AT,
  ACCOUNT_CODE_AT,
  ACCOUNT_FLAGS_AT,
  ACCOUNT_NONCE_AT,
  CODE_EMPTY,
  CODE_EXPECTED,
  CODE_OF_DIFF,
  CODE_TOLD,
  DIFF_AS_IT_IS,
  DIFF_CORRECTED,
  type ExpectedAccount,
  MAX_TOLD_NONCE,
  TELLS_BALANCE,
  TELLS_DELETION,
  TELLS_NONCE,
} from './accountForms.ts'
import type { ColumnWriters } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import type { DictionaryIndex } from './DictionaryIndex.ts'
import { writeValue } from './diffForms.ts'
import { writeScript } from './diffScript.ts'
import { MAX_DIFF_ADDRESSES, MAX_DIFF_SLOTS } from './limits.ts'
import type { OldState } from './OldState.ts'
import { oldAccount } from './oldAccount.ts'
import type { Prediction } from './Prediction.ts'
import { readOldSlot } from './SlotOverlay.ts'
import { significantBytes } from './toldWords.ts'
import { viewOf } from './words256.ts'

/** Writes the diff of a chunk as corrections of its prediction. */
export class DiffEncoder {
  readonly #dictionary: Dictionary
  readonly #index: DictionaryIndex
  readonly #columns: ColumnWriters
  readonly #oldState: OldState
  readonly #name = new Uint8Array(52)
  readonly #old = new Uint8Array(32)
  /** Slots that the last diff told, by their index in it: what could be learnt from. */
  readonly toldSlots: number[] = []

  constructor(
    dictionary: Dictionary,
    index: DictionaryIndex,
    { columns, oldState }: { columns: ColumnWriters; oldState: OldState },
  ) {
    this.#dictionary = dictionary
    this.#index = index
    this.#columns = columns
    this.#oldState = oldState
  }

  /** Without a prediction nothing is expected. */
  add(diff: Uint8Array, prediction: Prediction): void {
    this.toldSlots.length = 0
    const { diffs, diffTexts } = this.#columns
    const sections = this.#sectionsOf(diff)
    if (sections === undefined) {
      diffs.u8(DIFF_AS_IT_IS)
      diffs.varint(diff.length)
      diffTexts.copy(diff, 0, diff.length)
      return
    }
    diffs.u8(DIFF_CORRECTED)
    diffs.varint(sections.codes.length)
    for (const { code } of sections.codes) {
      diffs.varint(code.length)
      diffTexts.copy(code, 0, code.length)
    }
    this.#writeAccounts(sections, prediction)
    this.#writeSlots(sections, prediction)
  }

  /** Undefined where the diff has something that corrections can't say. */
  #sectionsOf(diff: Uint8Array): StateDiffSections | undefined {
    let sections: StateDiffSections
    try {
      sections = splitStateDiff(diff)
    } catch (error) {
      if (error instanceof StateDiffFormatError) return undefined
      throw error
    }
    const { accounts, slots, codes } = sections
    const { diffAddresses, diffSlots } = this.#dictionary
    const entryCount = accounts.length / DIFF_ACCOUNT_BYTES + slots.length / DIFF_SLOT_BYTES
    if (
      diffAddresses.count + entryCount > MAX_DIFF_ADDRESSES ||
      diffSlots.count + entryCount > MAX_DIFF_SLOTS
    )
      return undefined
    for (const { hash, code } of codes) if (!equalBytes(hash, keccak256(code))) return undefined
    for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) {
      if (!this.#isTellable(accounts.subarray(at, at + DIFF_ACCOUNT_BYTES))) return undefined
    }
    return sections
  }

  #isTellable(account: Uint8Array): boolean {
    const flags = account[ACCOUNT_FLAGS_AT]!
    if (flags === 1) return isAllZero(account.subarray(ACCOUNT_NONCE_AT))
    const old = this.#oldState.account(account.subarray(0, 20))
    return flags === 0 && nonceOf(account) <= MAX_TOLD_NONCE && Number(old?.nonce ?? 0n) <= MAX_TOLD_NONCE
  }

  // ---------------------------------------------------------------------------------------------------- accounts

  #writeAccounts({ accounts, codes }: StateDiffSections, { accounts: overlay }: Prediction): void {
    const { addresses } = this.#dictionary
    const hashes = codes.map(({ hash }) => hash)
    const accountAt = (entry: number) =>
      accounts.subarray(entry * DIFF_ACCOUNT_BYTES, (entry + 1) * DIFF_ACCOUNT_BYTES)
    const expected = (place: number): ExpectedAccount => ({
      nonce: overlay.nonces[place]!,
      balance: overlay.balances,
      balanceAt: place * 32,
      codeHash: overlay.codeHash(place),
    })
    writeScript(this.#columns.diffs, {
      count: accounts.length / DIFF_ACCOUNT_BYTES,
      name: (entry) => accountAt(entry).subarray(0, 20),
      expected: overlay,
      expectedName: (place) => addresses.address(overlay.ids[place]!),
      isAsExpected: (entry, place) => isExpected(accountAt(entry), expected(place)),
      correct: (entry, place) => this.#tell(accountAt(entry), expected(place), hashes),
      insert: (entry) => {
        const account = accountAt(entry)
        this.#writeReference(account, 0, this.#columns.diffs)
        this.#tell(account, oldAccount(this.#oldState, account), hashes)
      },
    })
  }

  /** Writes what of an account isn't as expected. */
  #tell(account: Uint8Array, expected: ExpectedAccount, hashes: readonly Uint8Array[]): void {
    const { diffs, values } = this.#columns
    if (account[ACCOUNT_FLAGS_AT] === 1) {
      diffs.u8(TELLS_DELETION)
      return
    }
    const nonce = nonceOf(account) - expected.nonce
    const isBalance = equalBytes(
      account.subarray(ACCOUNT_BALANCE_AT, ACCOUNT_CODE_AT),
      expected.balance.subarray(expected.balanceAt, expected.balanceAt + 32),
    )
    const codeHash = account.subarray(ACCOUNT_CODE_AT)
    const code = hashes.findIndex((hash) => equalBytes(hash, codeHash))
    const codeForm = equalBytes(codeHash, expected.codeHash)
      ? CODE_EXPECTED
      : equalBytes(codeHash, EMPTY_CODE_HASH)
        ? CODE_EMPTY
        : code >= 0
          ? CODE_OF_DIFF
          : CODE_TOLD
    diffs.u8((nonce === 0 ? 0 : TELLS_NONCE) | (isBalance ? 0 : TELLS_BALANCE) | codeForm)
    if (nonce !== 0) diffs.signed(nonce)
    if (!isBalance)
      writeValue({ forms: diffs, values }, account, ACCOUNT_BALANCE_AT, expected.balance, expected.balanceAt)
    if (codeForm === CODE_OF_DIFF) diffs.varint(code)
    if (codeForm === CODE_TOLD) values.copy(codeHash, 0, 32)
  }

  // ------------------------------------------------------------------------------------------------------- slots

  #writeSlots({ slots }: StateDiffSections, { slots: overlay }: Prediction): void {
    const { diffs: forms, values } = this.#columns
    const nameAt = (entry: number) => slots.subarray(entry * DIFF_SLOT_BYTES, entry * DIFF_SLOT_BYTES + 52)
    const valueAt = (entry: number) => entry * DIFF_SLOT_BYTES + 52
    writeScript(forms, {
      count: slots.length / DIFF_SLOT_BYTES,
      name: nameAt,
      expected: overlay,
      expectedName: (place) => overlay.names.subarray(place * 52, place * 52 + 52),
      isAsExpected: (entry, place) =>
        equalBytes(
          slots.subarray(valueAt(entry), valueAt(entry) + 32),
          overlay.values.subarray(place * 32, place * 32 + 32),
        ),
      correct: (entry, place) => {
        this.toldSlots.push(entry)
        writeValue({ forms, values }, slots, valueAt(entry), overlay.values, place * 32)
      },
      insert: (entry) => {
        const name = nameAt(entry)
        this.toldSlots.push(entry)
        readOldSlot(this.#oldState, viewOf(name), 0, viewOf(this.#old), 0)
        this.#writeSlot(name)
        writeValue({ forms, values }, slots, valueAt(entry), this.#old, 0)
      },
    })
  }

  /** Number of the slot plus one; 0: it is new, and described. */
  #writeSlot(name: Uint8Array): void {
    const { diffSlots } = this.#columns
    const known = this.#index.diffSlots.find(name, 0)
    this.#columns.diffs.varint(known + 1)
    if (known >= 0) return
    this.#writeReference(name, 0, diffSlots)
    const length = significantBytes(name, 20)
    diffSlots.u8(length)
    diffSlots.copy(name, 52 - length, 52)
    this.#name.set(name)
    this.#index.diffSlots.add(this.#dictionary.diffSlots.add(this.#name, 0))
  }

  /** An address among those of transactions (even) or of diffs (odd); the next of the latter is new, and stands in full. */
  #writeReference(source: Uint8Array, at: number, column: ColumnWriters['diffs']): void {
    const known = this.#index.addresses.find(source, at)
    if (known >= 0) {
      column.varint(known * 2)
      return
    }
    const { diffAddresses } = this.#dictionary
    const ofDiffs = this.#index.diffAddresses.find(source, at)
    column.varint((ofDiffs >= 0 ? ofDiffs : diffAddresses.count) * 2 + 1)
    if (ofDiffs >= 0) return
    this.#columns.diffAddresses.copy(source, at, at + 20)
    this.#index.diffAddresses.add(diffAddresses.add(source, at))
  }
}

function isExpected(account: Uint8Array, { nonce, balance, balanceAt, codeHash }: ExpectedAccount): boolean {
  return (
    account[ACCOUNT_FLAGS_AT] === 0 &&
    nonceOf(account) === nonce &&
    equalBytes(
      account.subarray(ACCOUNT_BALANCE_AT, ACCOUNT_CODE_AT),
      balance.subarray(balanceAt, balanceAt + 32),
    ) &&
    equalBytes(account.subarray(ACCOUNT_CODE_AT), codeHash)
  )
}

function nonceOf(account: Uint8Array): number {
  let nonce = 0
  for (let i = ACCOUNT_NONCE_AT; i < ACCOUNT_BALANCE_AT; i++) nonce = nonce * 256 + account[i]!
  return nonce
}
