// Fields of records that baseReader.ts reads as well. That kernel can't import the files that they belong to, which bring
// static memory with them.

export const SLOT_STORAGE_ID: usize = 96 // u32, of a slot (slots.ts)
export const CODE_PTR: usize = 32 // u32, of a code (codes.ts)
export const CODE_LENGTH: usize = 36 // u32
