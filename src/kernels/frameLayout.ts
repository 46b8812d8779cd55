/** Fields of a call frame (assembly/frame.ts): what compiled code reads and writes, as offsets from the frame's start. */
export const FRAME = {
  pc: 0,
  stackPointer: 4,
  gas: 8,
  code: 16,
  codeLength: 20,
  memory: 28,
  memorySize: 32,
  account: 36,
  isStatic: 40,
  input: 48,
  inputLength: 52,
  address: 64,
  caller: 96,
  value: 128,
  opcode: 176,
  returnOffset: 180,
  returnLength: 184,
  storageId: 220,
} as const

/** How a frame ends (assembly/frame.ts). */
export const ENDING = {
  stop: 0,
  return: 1,
  revert: 2,
  /** The rest of the frame, whose state is saved, is the interpreter's. */
  switch: 6,
  outOfGas: 16,
  stackUnderflow: 17,
  stackOverflow: 18,
  invalidJump: 19,
  invalidOpcode: 20,
  writeProtection: 21,
  returnDataOutOfBounds: 22,
  maxCodeSize: 23,
  invalidCode: 24,
  codeStoreOutOfGas: 25,
  collision: 26,
  precompile: 27,
  /** Of a call or creation that is refused; only tracers hear of it. */
  depth: 28,
  insufficientBalance: 29,
  nonceOverflow: 30,
  needsParentHash: 64,
} as const

/** What calls by compiled code answer when the frame goes on. */
export const RUN_ON = -1

/** Answers of state access in place of the gas left: the parent's hash is needed and not known yet. */
export const STORE_NEEDS_PARENT_HASH: bigint = -0x4000000000000000n

/** Fields of a storage slot's record (assembly/slots.ts), and how many records are remembered as found lately. */
export const SLOT = {
  value: 32,
  original: 64,
  storageId: 96,
  warm: 100,
  originalSerial: 104,
  shift: 7,
  recent: 64,
} as const

/** Fields of an account's record (assembly/accounts.ts). */
export const ACCOUNT = {
  flags: 20,
  nonce: 24,
  balance: 32,
  storageId: 64,
  codeId: 96,
  warm: 104,
  shift: 7,
  /** Bit of the flags: it is in the state trie. */
  flagExists: 1,
} as const
