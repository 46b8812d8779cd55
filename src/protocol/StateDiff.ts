import { assert, fromBigInt, toBigInt } from '../lib/index.ts'

/**
 * A state diff: the values after some transactions of everything that they changed.
 *
 * Binary form (version 1; little-endian counts, big-endian values), as the engine kernel writes it:
 *
 *     u32 accountCount, then per account 93 bytes:
 *       address 20 · flags 1 · nonce 8 (big-endian) · balance 32 · codeHash 32
 *     u32 slotCount, then per slot 84 bytes:
 *       address 20 · key 32 · value 32   (value zero: the slot is deleted)
 *     u32 codeCount, then per code: hash 32 · u32 length · bytes
 *
 * Accounts and slots appear once each, in the order in which they were first changed.
 */
export type StateDiff = {
  accounts: AccountChange[]
  slots: SlotChange[]
  codes: CodeChange[]
}

export type AccountChange = {
  address: Uint8Array
  /** The account exists no longer, its storage neither; the other members are then zero. */
  deleted: boolean
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
}

export type SlotChange = { address: Uint8Array; key: Uint8Array; value: Uint8Array }

export type CodeChange = { hash: Uint8Array; code: Uint8Array }

/** Bit of an account's `flags`: see {@link AccountChange.deleted}. */
export const ACCOUNT_DELETED = 1

export type StateDiffResult = { ok: true; diff: StateDiff } | StateDiffFailure

/** Why bytes are not a state diff; `offset` is where in them. */
export type StateDiffFailure = { ok: false; code: StateDiffErrorCode; message: string; offset: number }

export type StateDiffErrorCode =
  /** The bytes end before what a count promises. */
  | 'StateDiffTooShort'
  /** Bytes follow the last code. */
  | 'StateDiffTrailingBytes'
  /** More than {@link STATE_DIFF_MAX_BYTES} bytes. */
  | 'StateDiffTooLarge'
  /** An account's flags have a bit without a meaning. */
  | 'StateDiffUnknownFlags'

/** Most bytes of one encoded diff: several times what the largest block can change. */
export const STATE_DIFF_MAX_BYTES: number = 1 << 30

const ACCOUNT_BYTES = 93
const SLOT_BYTES = 84
const CODE_HEAD_BYTES = 36
const COUNT_BYTES = 4

/** Writes the binary form that {@link StateDiff} describes. Asserts the sizes of its byte strings. */
export function encodeStateDiff(diff: StateDiff): Uint8Array {
  const output = new Uint8Array(encodedLength(diff))
  const view = new DataView(output.buffer)
  let offset = writeCount(view, 0, diff.accounts.length)
  for (const account of diff.accounts) {
    put(output, offset, account.address, 20)
    output[offset + 20] = account.deleted ? ACCOUNT_DELETED : 0
    put(output, offset + 21, fromBigInt(account.nonce, 8), 8)
    put(output, offset + 29, fromBigInt(account.balance, 32), 32)
    put(output, offset + 61, account.codeHash, 32)
    offset += ACCOUNT_BYTES
  }
  offset = writeCount(view, offset, diff.slots.length)
  for (const slot of diff.slots) {
    put(output, offset, slot.address, 20)
    put(output, offset + 20, slot.key, 32)
    put(output, offset + 52, slot.value, 32)
    offset += SLOT_BYTES
  }
  offset = writeCount(view, offset, diff.codes.length)
  for (const { hash, code } of diff.codes) {
    put(output, offset, hash, 32)
    writeCount(view, offset + 32, code.length)
    output.set(code, offset + CODE_HEAD_BYTES)
    offset += CODE_HEAD_BYTES + code.length
  }
  assert(offset === output.length, 'encodeStateDiff: the length was miscounted')
  return output
}

/** What an engine here has written, or the log holds: it can be read. Byte strings of the result are views of `bytes`. */
export function ownStateDiff(bytes: Uint8Array): StateDiff {
  const result = decodeStateDiff(bytes)
  assert(result.ok, 'state diffs that were made here can be read')
  return result.diff
}

/** Inverse of {@link encodeStateDiff}; every byte must be used. Byte strings of the result are views of `bytes`. */
export function decodeStateDiff(bytes: Uint8Array): StateDiffResult {
  if (bytes.length > STATE_DIFF_MAX_BYTES) {
    return failure(
      'StateDiffTooLarge',
      0,
      `${bytes.length} bytes; at most ${STATE_DIFF_MAX_BYTES} are allowed`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const accountCount = readCount(view, 0, ACCOUNT_BYTES)
  if (accountCount < 0) return tooShort(0, 'accounts')
  const slotsStart = COUNT_BYTES + accountCount * ACCOUNT_BYTES
  const slotCount = readCount(view, slotsStart, SLOT_BYTES)
  if (slotCount < 0) return tooShort(slotsStart, 'slots')
  const codesStart = slotsStart + COUNT_BYTES + slotCount * SLOT_BYTES
  const codes = decodeCodes(bytes, view, codesStart)
  if ('ok' in codes) return codes
  const accounts: AccountChange[] = []
  for (let i = 0; i < accountCount; i++) {
    const offset = COUNT_BYTES + i * ACCOUNT_BYTES
    const flags = bytes[offset + 20]!
    if ((flags & ~ACCOUNT_DELETED) !== 0) {
      return failure('StateDiffUnknownFlags', offset + 20, `account flags 0x${flags.toString(16)}`)
    }
    accounts.push(accountAt(bytes, offset))
  }
  const slots: SlotChange[] = []
  for (let i = 0; i < slotCount; i++) slots.push(slotAt(bytes, slotsStart + COUNT_BYTES + i * SLOT_BYTES))
  return { ok: true, diff: { accounts, slots, codes } }
}

function accountAt(bytes: Uint8Array, offset: number): AccountChange {
  return {
    address: bytes.subarray(offset, offset + 20),
    deleted: (bytes[offset + 20]! & ACCOUNT_DELETED) !== 0,
    nonce: toBigInt(bytes.subarray(offset + 21, offset + 29)),
    balance: toBigInt(bytes.subarray(offset + 29, offset + 61)),
    codeHash: bytes.subarray(offset + 61, offset + 93),
  }
}

function slotAt(bytes: Uint8Array, offset: number): SlotChange {
  return {
    address: bytes.subarray(offset, offset + 20),
    key: bytes.subarray(offset + 20, offset + 52),
    value: bytes.subarray(offset + 52, offset + 84),
  }
}

function decodeCodes(bytes: Uint8Array, view: DataView, start: number): CodeChange[] | StateDiffFailure {
  const count = readCount(view, start, CODE_HEAD_BYTES)
  if (count < 0) return tooShort(start, 'codes')
  const codes: CodeChange[] = []
  let offset = start + COUNT_BYTES
  for (let i = 0; i < count; i++) {
    const codeStart = offset + CODE_HEAD_BYTES
    const codeEnd = codeStart > bytes.length ? codeStart : codeStart + view.getUint32(offset + 32, true)
    if (codeEnd > bytes.length) return tooShort(offset, 'a code')
    codes.push({ hash: bytes.subarray(offset, offset + 32), code: bytes.subarray(codeStart, codeEnd) })
    offset = codeEnd
  }
  if (offset !== bytes.length) {
    return failure('StateDiffTrailingBytes', offset, `${bytes.length - offset} bytes follow the last code`)
  }
  return codes
}

function encodedLength(diff: StateDiff): number {
  let length = 3 * COUNT_BYTES + diff.accounts.length * ACCOUNT_BYTES + diff.slots.length * SLOT_BYTES
  for (const { code } of diff.codes) length += CODE_HEAD_BYTES + code.length
  return length
}

/** The count at `offset`, or -1 when it or that many items of at least `itemBytes` do not fit into what follows. */
function readCount(view: DataView, offset: number, itemBytes: number): number {
  if (offset + COUNT_BYTES > view.byteLength) return -1
  const count = view.getUint32(offset, true)
  return offset + COUNT_BYTES + count * itemBytes > view.byteLength ? -1 : count
}

function writeCount(view: DataView, offset: number, count: number): number {
  view.setUint32(offset, count, true)
  return offset + COUNT_BYTES
}

function put(output: Uint8Array, offset: number, bytes: Uint8Array, size: number): void {
  assert(bytes.length === size, `a state diff takes ${size} bytes here, not ${bytes.length}`)
  output.set(bytes, offset)
}

function tooShort(offset: number, what: string): StateDiffFailure {
  return failure('StateDiffTooShort', offset, `the bytes end inside ${what}`)
}

function failure(code: StateDiffErrorCode, offset: number, reason: string): StateDiffFailure {
  return { ok: false, code, message: `invalid state diff: ${reason} (at byte ${offset})`, offset }
}
