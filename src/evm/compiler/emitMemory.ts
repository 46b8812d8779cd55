/** EVM memory, call data and code: what expands memory, and what copies into it. */
import { FRAME } from '../../kernels/index.ts'
import type { FrameCode } from './FrameCode.ts'
import { memoryReached } from './facts.ts'
import * as limbs from './limbs.ts'
import type { Operation } from './Operation.ts'
import { bitsOf } from './ranges.ts'
import { anyValue, limbValue, type Value } from './Value.ts'
import type { Local } from './wasm/index.ts'
import { I32, I64, Op } from './wasm/index.ts'

const WORD_BYTES = 32
const COPY_GAS_PER_WORD = 3n
const KECCAK_GAS_PER_WORD = 6n
const LOG_GAS_PER_BYTE = 8n
/** Offsets and lengths of more bits are out of gas (kernels/assembly/evmMemory.ts). */
const OFFSET_BITS = 32

/** MLOAD, MSTORE, MSTORE8. `knownBytes`: what memory has at least. */
export function emitMemoryAccess(code: FrameCode, { op, inputs }: Operation, knownBytes: number): Value[] {
  const [offset, value] = inputs as [Value, Value]
  expandBy(code, offset, op === 0x53 ? 1 : WORD_BYTES, knownBytes)
  const address = addressOf(code, offset)
  if (op === 0x51) return [code.loadBytes32(address)]
  if (op === 0x52) code.storeBytes32(address, value)
  else {
    code.body.get(address)
    code.limb(value, 0)
    code.body.memory(Op.i64Store8, 0)
  }
  return []
}

/** The address of an offset that was expanded to. */
function addressOf(code: FrameCode, offset: Value): Local {
  code.body.get(code.memory)
  if (offset.range.value !== 0n) {
    code.low32(offset)
    code.body.op(Op.i32Add)
  }
  return code.body.keep(I32)
}

/** Expands memory to `length` bytes from an offset. */
function expandBy(code: FrameCode, offset: Value, length: number, knownBytes: number): void {
  const { value } = offset.range
  if (value !== undefined && value + BigInt(length) <= BigInt(knownBytes)) return
  haltUnlessShort(code, offset)
  code.pushLimb(limbs.add(code, limbs.plain(code, offset).limbs[0], BigInt(length)))
  expandToTop(code)
}

/** Out of gas where a value has more than 32 bits. */
function haltUnlessShort(code: FrameCode, value: Value): void {
  if (bitsOf(value.range) <= OFFSET_BITS) return
  code.bitsAbove32(value)
  code.body.i64(0n)
  code.body.op(Op.i64Ne)
  code.outOfGasIf()
}

/** The end of a range, an i64, is on top: expands memory to it where it is not that large yet. */
function expandToTop(code: FrameCode): void {
  const { body } = code
  const end = body.keep(I64)
  body.get(end)
  body.get(code.memorySize)
  body.op(Op.i64GtU)
  body.if()
  body.get(code.frame)
  body.get(end)
  body.get(code.gas)
  code.call('expandTo')
  code.takeGasTop()
  code.reloadMemorySize()
  body.end()
}

/** Expands memory for a range given by two words. An empty range costs nothing, wherever it lies. */
export function expandForRange(code: FrameCode, offset: Value, length: Value, knownBytes: number): void {
  if (length.range.value === 0n) return
  const known = memoryReached(0x20, [offset.range, length.range])
  if (known > 0 && known <= knownBytes) return
  haltUnlessShort(code, length)
  ifNotEmpty(code, length, () => {
    haltUnlessShort(code, offset)
    const [start, bytes] = [limbs.plain(code, offset).limbs[0], limbs.plain(code, length).limbs[0]]
    code.pushLimb(limbs.add(code, start, bytes))
    expandToTop(code)
  })
}

/** Runs code only where a length is not zero: a copy of nothing may lie outside of all memory. */
export function ifNotEmpty(code: FrameCode, length: Value, write: () => void): void {
  if (length.range.value === 0n) return
  const isKnown = length.range.value !== undefined
  if (!isKnown) {
    code.orLimbs(length, 0)
    code.body.i64(0n)
    code.body.op(Op.i64Ne)
    code.body.if()
  }
  write()
  if (!isKnown) code.body.end()
}

/** Takes gas for each begun word of a length of at most 32 bits. */
function chargeWords(code: FrameCode, length: Value, gasPerWord: bigint): void {
  const { value } = length.range
  if (value !== undefined) {
    if (value === 0n) return
    code.body.i64(((value + 31n) >> 5n) * gasPerWord)
  } else {
    code.limb(length, 0)
    code.body.i64(31n)
    code.body.op(Op.i64Add)
    code.body.i64(5n)
    code.body.op(Op.i64ShrU)
    code.body.i64(gasPerWord)
    code.body.op(Op.i64Mul)
  }
  code.chargeTop()
}

/** Pushes the address in EVM memory of an offset. */
export function pushAddress(code: FrameCode, offset: Value): void {
  code.body.get(code.memory)
  code.low32(offset)
  code.body.op(Op.i32Add)
}

/** KECCAK256 (0x20). */
export function emitKeccak(code: FrameCode, { inputs, height, range }: Operation, knownBytes: number): Value {
  const [offset, length] = inputs as [Value, Value]
  expandForRange(code, offset, length, knownBytes)
  chargeWords(code, length, KECCAK_GAS_PER_WORD)
  pushAddress(code, offset)
  code.low32(length)
  code.positionAddress(height - 2)
  code.call('hashToWord')
  return code.reload(height - 2, range)
}

/** CALLDATALOAD (0x35): zeros behind the end. */
export function emitCallDataLoad(code: FrameCode, { inputs, height }: Operation): Value {
  const { body } = code
  const offset = inputs[0]!
  const result = [0, 1, 2, 3].map(() => body.temporary(I64))
  // A sum of 64 bits does not wrap: the offset has 32 in the first arm.
  code.limb(offset, 0)
  body.i64(BigInt(WORD_BYTES))
  body.op(Op.i64Add)
  code.field(FRAME.inputLength)
  body.op(Op.i64ExtendI32U)
  body.op(Op.i64GtU)
  if (bitsOf(offset.range) > OFFSET_BITS) {
    code.bitsAbove32(offset)
    body.i64(0n)
    body.op(Op.i64Ne)
    body.op(Op.i32Or)
  }
  body.if()
  code.spill(offset, height - 1)
  // The bytes go behind the words of the stack, where a full stack has as much room again.
  code.positionAddress(height)
  code.field(FRAME.input)
  code.field(FRAME.inputLength)
  code.positionAddress(height - 1)
  body.i32(WORD_BYTES)
  code.call('copyPadded')
  code.positionAddress(height)
  code.setLimbs(result, code.loadBytes32(body.keep(I32)))
  body.else()
  code.field(FRAME.input)
  code.low32(offset)
  body.op(Op.i32Add)
  code.setLimbs(result, code.loadBytes32(body.keep(I32)))
  body.end()
  return anyValue(result)
}

/** CALLDATACOPY (0x37), CODECOPY (0x39). */
export function emitCopy(
  code: FrameCode,
  operation: Operation,
  knownBytes: number,
  codeLength: number,
): void {
  const { op, inputs, height } = operation
  const [to, offset, length] = inputs as [Value, Value, Value]
  expandForRange(code, to, length, knownBytes)
  chargeWords(code, length, COPY_GAS_PER_WORD)
  ifNotEmpty(code, length, () => {
    code.spill(offset, height - 2)
    pushAddress(code, to)
    code.field(op === 0x37 ? FRAME.input : FRAME.code)
    if (op === 0x37) code.field(FRAME.inputLength)
    else code.body.i32(codeLength)
    code.positionAddress(height - 2)
    code.low32(length)
    code.call('copyPadded')
  })
}

/** EXTCODECOPY (0x3c). */
export function emitAccountCodeCopy(code: FrameCode, operation: Operation, knownBytes: number): void {
  const { inputs, height } = operation
  const [address, to, offset, length] = inputs as [Value, Value, Value, Value]
  expandForRange(code, to, length, knownBytes)
  chargeWords(code, length, COPY_GAS_PER_WORD)
  code.spill(address, height - 1)
  code.spill(offset, height - 3)
  code.positionAddress(height - 1)
  pushAddress(code, to)
  code.positionAddress(height - 3)
  code.low32(length)
  code.body.get(code.gas)
  code.call('accountCode')
  code.takeGasTop()
}

/** RETURNDATACOPY (0x3e): reading beyond the end halts (EIP-211). Ends the row of instructions: see FrameCode. */
export function emitReturnDataCopy(
  code: FrameCode,
  { inputs }: Operation,
  knownBytes: number,
  halt: number,
): void {
  const { body } = code
  const [to, offset, length] = inputs as [Value, Value, Value]
  expandForRange(code, to, length, knownBytes)
  chargeWords(code, length, COPY_GAS_PER_WORD)
  const size = (): void => {
    code.call('returnDataSize')
    body.op(Op.i64ExtendI32U)
  }
  if (bitsOf(offset.range) > OFFSET_BITS) {
    code.bitsAbove32(offset)
    body.i64(0n)
    body.op(Op.i64Ne)
    code.leaveIf(halt)
  }
  code.limb(offset, 0)
  code.limb(length, 0)
  body.op(Op.i64Add)
  size()
  body.op(Op.i64GtU)
  code.leaveIf(halt)
  ifNotEmpty(code, length, () => {
    pushAddress(code, to)
    code.low32(offset)
    code.low32(length)
    code.call('copyReturnData')
  })
}

/** MCOPY (0x5e), EIP-5656. */
export function emitMemoryCopy(code: FrameCode, { inputs }: Operation, knownBytes: number): void {
  const [to, from, length] = inputs as [Value, Value, Value]
  expandForRange(code, to, length, knownBytes)
  expandForRange(code, from, length, knownBytes)
  chargeWords(code, length, COPY_GAS_PER_WORD)
  ifNotEmpty(code, length, () => {
    pushAddress(code, to)
    pushAddress(code, from)
    code.low32(length)
    code.body.op(Op.memoryCopy)
  })
}

/** LOG0 to LOG4. Ends the row of instructions. */
export function emitLog(code: FrameCode, { op, inputs, height }: Operation, knownBytes: number): void {
  const [offset, length, ...topics] = inputs as [Value, Value, ...Value[]]
  code.haltIfStatic()
  expandForRange(code, offset, length, knownBytes)
  if (length.range.value !== 0n) {
    code.limb(length, 0)
    code.body.i64(LOG_GAS_PER_BYTE)
    code.body.op(Op.i64Mul)
    code.chargeTop()
  }
  for (const [i, topic] of topics.entries()) code.spill(topic, height - 3 - i)
  code.fieldAddress(FRAME.address)
  code.positionAddress(Math.max(0, height - 3))
  code.body.i32(op - 0xa0)
  pushAddress(code, offset)
  code.low32(length)
  code.call('appendLog')
}

/** RETURN, REVERT. */
export function emitReturn(code: FrameCode, { inputs }: Operation, knownBytes: number, ending: number): void {
  const { body } = code
  const [offset, length] = inputs as [Value, Value]
  expandForRange(code, offset, length, knownBytes)
  for (const [field, value] of [
    [FRAME.returnOffset, offset],
    [FRAME.returnLength, length],
  ] as const) {
    body.get(code.frame)
    code.low32(value)
    body.memory(Op.i32Store, field)
  }
  code.saveGas()
  code.leave(ending)
}

/** MSIZE (0x59). */
export function emitMemorySize(code: FrameCode, { range }: Operation): Value {
  code.body.get(code.memorySize)
  return limbValue(range, [code.body.keep(I64)])
}
