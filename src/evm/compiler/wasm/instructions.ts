/**
 * WebAssembly instructions as the compiler emits them: one number each, prefixed ones with the prefix in the upper
 * bits. Source: WebAssembly core specification 3.0, section 5.4 (binary format of instructions).
 */
export const Op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  returnCall: 0x12,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Store: 0x36,
  i64Store: 0x37,
  i64Store8: 0x3c,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32GtU: 0x4b,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GtU: 0x56,
  i64GeU: 0x5a,
  i32Add: 0x6a,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i64Clz: 0x79,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64DivU: 0x80,
  i64RemU: 0x82,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
  i64Extend8S: 0xc2,
  i64Extend16S: 0xc3,
  i64Extend32S: 0xc4,
  memoryCopy: 0xfc0a,
  v128Load: 0xfd00,
  v128Store: 0xfd0b,
  v128Const: 0xfd0c,
  /** `i8x16.shuffle` of one vector with itself that reverses its 16 bytes. */
  reverseBytes: 0xfd0d,
  i64x2Splat: 0xfd12,
  i64x2ExtractLane: 0xfd1d,
  i64x2ReplaceLane: 0xfd1e,
} as const

export const I32 = 0x7f
export const I64 = 0x7e
export const V128 = 0x7b
/** Block type of a block without parameters and results. */
export const EMPTY = 0x40

export type ValueType = typeof I32 | typeof I64 | typeof V128
