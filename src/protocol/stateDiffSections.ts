/** Bytes of an account in an encoded StateDiff: address 20 · flags 1 · nonce 8 · balance 32 · codeHash 32. */
export const DIFF_ACCOUNT_BYTES = 93
/** Bytes of a slot in an encoded StateDiff: address 20 · key 32 · value 32. */
export const DIFF_SLOT_BYTES = 84

/** The parts of an encoded StateDiff, without their counts: accounts and slots as they stand, codes apart. */
export type StateDiffSections = {
  /** `n * DIFF_ACCOUNT_BYTES` */
  accounts: Uint8Array
  /** `n * DIFF_SLOT_BYTES` */
  slots: Uint8Array
  codes: { hash: Uint8Array; code: Uint8Array }[]
}

const NOTHING = new Uint8Array(0)
const COUNT_BYTES = 4
/** hash 32 · u32 length */
const CODE_HEAD_BYTES = 36

/**
 * Views of the parts of an encoded StateDiff; for millions of entries, where objects are too much.
 *
 * @throws StateDiffFormatError if the counts don't fit the bytes.
 */
export function splitStateDiff(diff: Uint8Array): StateDiffSections {
  const view = new DataView(diff.buffer, diff.byteOffset, diff.byteLength)
  const accountsEnd = COUNT_BYTES + countAt(view, 0, DIFF_ACCOUNT_BYTES) * DIFF_ACCOUNT_BYTES
  const slotsStart = accountsEnd + COUNT_BYTES
  const slotsEnd = slotsStart + countAt(view, accountsEnd, DIFF_SLOT_BYTES) * DIFF_SLOT_BYTES
  const codes: StateDiffSections['codes'] = []
  let offset = slotsEnd + COUNT_BYTES
  for (let left = countAt(view, slotsEnd, CODE_HEAD_BYTES); left > 0; left--) {
    const start = offset + CODE_HEAD_BYTES
    if (start > diff.length) throw endsEarly(view, start)
    const end = start + countAt(view, offset + 32, 1)
    codes.push({ hash: diff.subarray(offset, offset + 32), code: diff.subarray(start, end) })
    offset = end
  }
  if (offset !== diff.length)
    throw new StateDiffFormatError(`has ${diff.length - offset} bytes after its end`)
  return {
    accounts: diff.subarray(COUNT_BYTES, accountsEnd),
    slots: diff.subarray(slotsStart, slotsEnd),
    codes,
  }
}

/** The count at `at`, when that many items of at least `itemBytes` follow. */
function countAt(view: DataView, at: number, itemBytes: number): number {
  if (at + COUNT_BYTES > view.byteLength) throw endsEarly(view, at + COUNT_BYTES)
  const count = view.getUint32(at, true)
  const end = at + COUNT_BYTES + count * itemBytes
  if (end > view.byteLength) throw endsEarly(view, end)
  return count
}

function endsEarly(view: DataView, needed: number): StateDiffFormatError {
  return new StateDiffFormatError(`has ${view.byteLength} bytes where ${needed} are needed`)
}

/** Inverse of {@link splitStateDiff}; what isn't given is empty. */
export function joinStateDiff({
  accounts = NOTHING,
  slots = NOTHING,
  codes = [],
}: Partial<StateDiffSections>): Uint8Array {
  let length = 12 + accounts.length + slots.length
  for (const { code } of codes) length += 36 + code.length
  const diff = new Uint8Array(length)
  const view = new DataView(diff.buffer)
  view.setUint32(0, accounts.length / DIFF_ACCOUNT_BYTES, true)
  diff.set(accounts, 4)
  let offset = 4 + accounts.length
  view.setUint32(offset, slots.length / DIFF_SLOT_BYTES, true)
  diff.set(slots, offset + 4)
  offset += 4 + slots.length
  view.setUint32(offset, codes.length, true)
  offset += 4
  for (const { hash, code } of codes) {
    diff.set(hash, offset)
    view.setUint32(offset + 32, code.length, true)
    diff.set(code, offset + 36)
    offset += 36 + code.length
  }
  return diff
}

/** Bytes that are no encoded StateDiff. */
export class StateDiffFormatError extends Error {
  override readonly name = 'StateDiffFormatError'
  /** What is wrong, as the end of a sentence. */
  readonly reason: string

  constructor(reason: string) {
    super(
      `The state diff is damaged: it ${reason}.\n  next: fetch it again; if this repeats, its source is damaged.`,
    )
    this.reason = reason
  }
}
