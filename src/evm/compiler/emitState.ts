/** State, environment, logs and calls: instructions that look beyond the frame. */
import { CELL, ENDING, FRAME } from '../../kernels/index.ts'
import type { Operation } from './emitArithmetic.ts'
import type { FrameCode } from './FrameCode.ts'
import { bitsRange } from './ranges.ts'
import type { SupportFunction } from './supportFunctions.ts'
import { limbValue, type Value } from './Value.ts'
import { I64, Op } from './wasm/index.ts'

/** Instructions that push a word of the frame, of the cells, or a number. */
export function emitEnvironment(code: FrameCode, { op, height, range }: Operation): Value {
  const { body } = code
  const fromFrame = (offset: number): Value => code.loadWord(() => body.get(code.frame), offset, range)
  const fromCells = (offset: number): Value => code.loadWord(() => code.cells(), offset, range)
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
      code.field(FRAME.account)
      code.positionAddress(height)
      code.call('selfBalance')
      return code.reload(height, range)
    case 0x48:
      return fromCells(CELL.baseFee)
    default: // BLOBBASEFEE
      return fromCells(CELL.blobBaseFee)
  }
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

/** BLOCKHASH (0x40). Ends the row of instructions: it may have to wait. */
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

/** SLOAD (0x54). Ends the row of instructions: it may have to wait. */
export function emitStorageLoad(code: FrameCode, { inputs, height, range }: Operation): Value {
  code.spill(inputs[0]!, height - 1)
  code.field(FRAME.account)
  code.positionAddress(height - 1)
  code.body.get(code.gas)
  code.call('sload')
  code.takeGasTop()
  return code.reload(height - 1, range)
}

/** SSTORE (0x55). Ends the row of instructions: it looks at the gas left (EIP-2200), halts in a static call, may wait. */
export function emitStorageStore(code: FrameCode, { inputs, height }: Operation): void {
  code.haltIfStatic()
  code.spill(inputs[0]!, height - 1)
  code.spill(inputs[1]!, height - 2)
  code.field(FRAME.account)
  code.positionAddress(height - 1)
  code.positionAddress(height - 2)
  code.body.get(code.gas)
  code.call('sstore')
  code.takeGasTop()
}

/** TLOAD (0x5c), EIP-1153. */
export function emitTransientLoad(code: FrameCode, { inputs, height, range }: Operation): Value {
  code.spill(inputs[0]!, height - 1)
  code.field(FRAME.account)
  code.positionAddress(height - 1)
  code.call('tload')
  return code.reload(height - 1, range)
}

/** TSTORE (0x5d), EIP-1153. Ends the row of instructions. */
export function emitTransientStore(code: FrameCode, { inputs, height }: Operation): void {
  code.haltIfStatic()
  code.spill(inputs[0]!, height - 1)
  code.spill(inputs[1]!, height - 2)
  code.field(FRAME.account)
  code.positionAddress(height - 1)
  code.positionAddress(height - 2)
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
  code.spill(inputs[0]!, height - 1)
  code.field(FRAME.account)
  code.positionAddress(height - 1)
  code.body.get(code.gas)
  code.call('selfDestructTo')
  code.takeGasTop()
  code.saveGas()
  code.leave(ENDING.stop)
}
