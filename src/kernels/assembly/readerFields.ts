// Fields and keys of records that baseReader.ts reads as well. That kernel can't import the files that they belong to, which bring
// static memory with them.

export const SLOT_STORAGE_ID: usize = 96 // u32, of a slot (slots.ts)
export const CODE_PTR: usize = 32 // u32, of a code (codes.ts)
export const CODE_LENGTH: usize = 36 // u32

/** Whether the record is the account's with the address of these limbs. */
@inline
export function isAccountRecord(record: usize, a: u64, b: u64, c: u32): bool {
  return load<u64>(record) == a && load<u64>(record, 8) == b && load<u32>(record, 16) == c
}

/** Whether the record is the slot's with the key of these limbs. */
@inline
export function isSlotRecord(record: usize, storageId: u32, a: u64, b: u64, c: u64, d: u64): bool {
  return (
    load<u64>(record) == a &&
    load<u64>(record, 8) == b &&
    load<u64>(record, 16) == c &&
    load<u64>(record, 24) == d &&
    load<u32>(record, SLOT_STORAGE_ID) == storageId
  )
}
