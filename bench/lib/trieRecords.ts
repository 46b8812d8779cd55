import { keccak256 } from '../../src/kernels/index.ts'
import { EMPTY_CODE_HASH } from '../../src/protocol/index.ts'

/** Records of accounts or slots as a state diff has them, by number: entry `id` always has the same key. */
export type RecordKind = 'accounts' | 'slots'

const ACCOUNT_BYTES = 93
const SLOT_BYTES = 84

/** The contract that all slots belong to. */
export const CONTRACT: Uint8Array = new Uint8Array(20).fill(0xcc)

export function recordBytes(kind: RecordKind): number {
  return kind === 'accounts' ? ACCOUNT_BYTES : SLOT_BYTES
}

/** Writes one record for each id; what they hold depends on `round`, so that every round changes them. */
export function writeRecords(kind: RecordKind, ids: Uint32Array, round: number, out: Uint8Array): void {
  const view = new DataView(out.buffer, out.byteOffset)
  out.fill(0, 0, ids.length * recordBytes(kind))
  for (let i = 0; i < ids.length; i++) {
    if (kind === 'accounts') writeAccount(out, view, i * ACCOUNT_BYTES, ids[i]!, round)
    else writeSlot(out, view, i * SLOT_BYTES, ids[i]!, round)
  }
}

export function recordsOf(kind: RecordKind, ids: Uint32Array, round: number): Uint8Array {
  const records = new Uint8Array(ids.length * recordBytes(kind))
  writeRecords(kind, ids, round, records)
  return records
}

function writeAccount(out: Uint8Array, view: DataView, at: number, id: number, round: number): void {
  view.setUint32(at, id)
  view.setUint32(at + 25, round)
  // Some ether, in wei.
  view.setUint32(at + 50, 1 + (id & 0xff))
  view.setUint32(at + 57, round)
  out.set(EMPTY_CODE_HASH, at + 61)
}

function writeSlot(out: Uint8Array, view: DataView, at: number, id: number, round: number): void {
  out.set(CONTRACT, at)
  view.setUint32(at + 48, id)
  view.setUint32(at + 76, 1 + (id & 0xff))
  view.setUint32(at + 80, round)
}

/** Numbers from 0 on, in the order of their hashed keys (by the first 24 bits: more does not matter to a piece). */
export function idsByHash(kind: RecordKind, count: number): Uint32Array {
  const prefixes = new Uint32Array(count)
  const starts = new Uint32Array((1 << 24) + 1)
  const record = new Uint8Array(ACCOUNT_BYTES)
  const id = new Uint32Array(1)
  const key = kind === 'accounts' ? record.subarray(0, 20) : record.subarray(20, 52)
  for (let i = 0; i < count; i++) {
    id[0] = i
    writeRecords(kind, id, 0, record)
    const hash = keccak256(key)
    const prefix = (hash[0]! << 16) | (hash[1]! << 8) | hash[2]!
    prefixes[i] = prefix
    starts[prefix + 1]!++
  }
  for (let prefix = 0; prefix < 1 << 24; prefix++) starts[prefix + 1]! += starts[prefix]!
  const ids = new Uint32Array(count)
  for (let i = 0; i < count; i++) ids[starts[prefixes[i]!]!++] = i
  return ids
}
