/** State, environment, logs and calls: instructions that look beyond the frame. */
import { ACCOUNT, CELL, ENDING, FRAME, SLOT } from '../../kernels/index.ts'
import type { FrameCode } from './FrameCode.ts'
import type { Operation } from './Operation.ts'
import { bitsRange } from './ranges.ts'
import type { SupportFunction } from './supportFunctions.ts'
import { limbValue, type Value } from './Value.ts'
import { I32, I64, type Local, Op } from './wasm/index.ts'

/** Instructions that push a word of the frame, of the cells, or a number. */
export function emitEnvironment(code: FrameCode, { op, range }: Operation): Value {
  const { body } = code
  const fromFrame = (offset: number): Value => code.loadWord(() => body.get(code.frame), offset, range)
  const fromCells = (offset: number): Value => code.loadWord(() => code.address('cells'), offset, range)
  switch (op) {
    case 0x30:
      return fromFrame(FRAME.address)
    case 0x32:
      return fromCells(CELL.txSender)
    case 0x33:
      return fromFrame(FRAME.caller)
    case 0x34:
      return fromFrame(FRAME.value)
    case 0x36:
      return number(code, range, () => code.field(FRAME.inputLength))
    case 0x3a:
      return fromCells(CELL.txGasPrice)
    case 0x3d:
      return number(code, range, () => code.call('returnDataSize'))
    case 0x41:
      return fromCells(CELL.coinbase)
    case 0x42:
      return fromCells(CELL.timestamp)
    case 0x43:
      return fromCells(CELL.number)
    case 0x44:
      return fromCells(CELL.prevRandao)
    case 0x45:
      return fromCells(CELL.gasLimit)
    case 0x46:
      return fromCells(CELL.chainId)
    case 0x47:
      return selfBalance(code, range)
    case 0x48:
      return fromCells(CELL.baseFee)
    default: // BLOBBASEFEE
      return fromCells(CELL.blobBaseFee)
  }
}

/** SELFBALANCE (0x47): from the account's record. */
function selfBalance(code: FrameCode, range: Operation['range']): Value {
  const { body } = code
  code.address('accountRecords')
  code.field(FRAME.account)
  body.i32(ACCOUNT.shift)
  body.op(Op.i32Shl)
  body.op(Op.i32Add)
  const record = body.keep(I32)
  return code.loadWord(() => body.get(record), ACCOUNT.balance, range)
}

function number(code: FrameCode, range: Operation['range'], push: () => void): Value {
  push()
  code.body.op(Op.i64ExtendI32U)
  return limbValue(range, [code.body.keep(I64)])
}

const ACCOUNT_READERS: Record<number, SupportFunction> = {
  49: 'readBalance',
  59: 'accountCodeSize',
  63: 'accountCodeHash',
}

/** BALANCE, EXTCODESIZE, EXTCODEHASH. */
export function emitAccountReader(code: FrameCode, { op, inputs, height, range }: Operation): Value {
  code.spill(inputs[0]!, height - 1)
  code.positionAddress(height - 1)
  code.body.get(code.gas)
  code.call(ACCOUNT_READERS[op]!)
  code.takeGasTop()
  return code.reload(height - 1, range)
}

/** BLOCKHASH (0x40). */
export function emitBlockHash(code: FrameCode, { inputs, height, range }: Operation): Value {
  code.spill(inputs[0]!, height - 1)
  code.positionAddress(height - 1)
  code.call('blockHash')
  code.body.i32(BLOCK_HASH_PENDING)
  code.body.op(Op.i32Eq)
  code.leaveIf(ENDING.needsParentHash)
  return code.reload(height - 1, range)
}

/** Answer of blockHash (kernels/assembly/hostOperations.ts). */
const BLOCK_HASH_PENDING = 2

/** BLOBHASH (0x49). */
export function emitBlobHash(code: FrameCode, { inputs, height, range }: Operation): Value {
  code.spill(inputs[0]!, height - 1)
  code.positionAddress(height - 1)
  code.call('blobHash')
  return code.reload(height - 1, range)
}

/** Writes the inputs to their places on the stack in memory; pushes the frame's account and their addresses. */
function pushSlotOperands(code: FrameCode, { inputs, height }: Pick<Operation, 'inputs' | 'height'>): void {
  for (const [i, input] of inputs.entries()) code.spill(input, height - 1 - i)
  code.field(FRAME.account)
  for (let i = 1; i <= inputs.length; i++) code.positionAddress(height - i)
}

/**
 * SLOAD (0x54). A slot that was found lately and is warm is read here; what is cold, or elsewhere in the table, or has to
 * wait for the parent's hash, is a call. Row of instructions: a store that waits leaves no trace of those behind it.
 */
export function emitStorageLoad(code: FrameCode, operation: Operation): Value {
  if (!code.readsSlotsInPlace) return loadByCall(code, operation)
  const { body } = code
  const { inputs, range } = operation
  const key = inputs[0]!
  const result = [0, 1, 2, 3].map(() => body.temporary(I64))
  const record = recentRecord(code, key)
  pushDifference(code, record, key)
  body.op(Op.i64Eqz)
  body.if()
  body.get(code.gas)
  body.i64(GAS_WARM_ACCESS)
  body.op(Op.i64Sub)
  code.takeGasTop()
  const pushRecord = (): void => body.get(record)
  code.setLimbs(result, code.loadWord(pushRecord, SLOT.value, range))
  body.else()
  code.setLimbs(result, loadByCall(code, operation))
  body.end()
  return limbValue(range, result)
}

function loadByCall(code: FrameCode, { inputs, height, range }: Operation): Value {
  pushSlotOperands(code, { inputs, height })
  code.body.get(code.gas)
  code.call('sload')
  code.takeGasTop()
  return code.reload(height - 1, range)
}

const GAS_WARM_ACCESS = 100n // EIP-2929

/** The record that was found lately under the lowest bits of a key: see findSlot in kernels/assembly/slots.ts. */
function recentRecord(code: FrameCode, key: Value): Local {
  const { body } = code
  code.low32(key)
  code.field(FRAME.storageId)
  body.op(Op.i32Xor)
  body.i32(SLOT.recent - 1)
  body.op(Op.i32And)
  body.i32(2)
  body.op(Op.i32Shl)
  code.address('recentSlots')
  body.op(Op.i32Add)
  body.memory(Op.i32Load, 0)
  body.i32(SLOT.shift)
  body.op(Op.i32Shl)
  code.address('slotRecords')
  body.op(Op.i32Add)
  return body.keep(I32)
}

/** Pushes an i64 that is 0 where the record is the key's in this frame's storage, warm, and no slot has to wait. */
function pushDifference(code: FrameCode, record: Local, key: Value): void {
  const { body } = code
  const differs = (offset: number, pushOther: () => void): void => {
    body.get(record)
    body.memory(Op.i32Load, offset)
    pushOther()
    body.op(Op.i32Xor)
  }
  const cell = (offset: number): void => {
    code.address('cells')
    body.memory(Op.i32Load, offset)
  }
  differs(SLOT.storageId, () => code.field(FRAME.storageId))
  differs(SLOT.warm, () => cell(CELL.serial))
  body.op(Op.i32Or)
  cell(CELL.flags)
  body.op(Op.i32Or)
  body.op(Op.i64ExtendI32U)
  for (let i = 0; i < 4; i++) {
    body.get(record)
    body.memory(Op.i64Load, i * 8)
    code.limb(key, i)
    body.op(Op.i64Xor)
    body.op(Op.i64Or)
  }
}

/** SSTORE (0x55). Ends the row of instructions: it looks at the gas left (EIP-2200), halts in a static call, may wait. */
export function emitStorageStore(code: FrameCode, { inputs, height }: Operation): void {
  code.haltIfStatic()
  pushSlotOperands(code, { inputs, height })
  code.body.get(code.gas)
  code.call('sstore')
  code.takeGasTop()
}

/** TLOAD (0x5c), EIP-1153. */
export function emitTransientLoad(code: FrameCode, { inputs, height, range }: Operation): Value {
  pushSlotOperands(code, { inputs, height })
  code.call('tload')
  return code.reload(height - 1, range)
}

/** TSTORE (0x5d), EIP-1153. Ends the row of instructions. */
export function emitTransientStore(code: FrameCode, { inputs, height }: Operation): void {
  code.haltIfStatic()
  pushSlotOperands(code, { inputs, height })
  code.call('tstore')
}

/** CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE, CREATE2: the operands go to the stack in memory, the kernel does the rest. */
export function emitCall(code: FrameCode, { op, inputs, height, range }: Operation): Value {
  const { body } = code
  const isCreate = op === 0xf0 || op === 0xf5
  if (isCreate) code.haltIfStatic()
  for (const [i, input] of inputs.entries()) code.spill(input, height - 1 - i)
  body.get(code.frame)
  code.positionAddress(height)
  body.memory(Op.i32Store, FRAME.stackPointer)
  code.storeField(FRAME.opcode, op)
  code.saveGas()
  body.get(code.frame)
  code.call(isCreate ? 'createFromCompiled' : 'callFromCompiled')
  code.returnUnlessRunOn()
  code.reloadRegisters()
  return code.reload(height - inputs.length, range)
}

/** GAS (0x5a). Ends the row of instructions. */
export function emitGas(code: FrameCode): Value {
  code.body.get(code.gas)
  return limbValue(bitsRange(56), [code.body.keep(I64)])
}

/** SELFDESTRUCT (0xff). */
export function emitSelfDestruct(code: FrameCode, { inputs, height }: Operation): void {
  code.haltIfStatic()
  pushSlotOperands(code, { inputs, height })
  code.body.get(code.gas)
  code.call('selfDestructTo')
  code.takeGasTop()
  code.saveGas()
  code.leave(ENDING.stop)
}
