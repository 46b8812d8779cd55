import { ENDING } from '../../kernels/index.ts'
import { OPCODES } from '../opcodes.ts'
import { type Instructions, JUMPDEST, PUSH0, PUSH32, STOP } from './decode.ts'
import { emitArithmetic } from './emitArithmetic.ts'
import {
  emitAccountCodeCopy,
  emitCallDataLoad,
  emitCopy,
  emitKeccak,
  emitLog,
  emitMemoryAccess,
  emitMemoryCopy,
  emitMemorySize,
  emitReturn,
  emitReturnDataCopy,
} from './emitMemory.ts'
import {
  emitAccountReader,
  emitBlobHash,
  emitBlockHash,
  emitCall,
  emitEnvironment,
  emitGas,
  emitSelfDestruct,
  emitStorageLoad,
  emitStorageStore,
  emitTransientLoad,
  emitTransientStore,
} from './emitState.ts'
import type { FrameCode } from './FrameCode.ts'
import { memoryReached, pushedRange, swap } from './facts.ts'
import type { Operation } from './Operation.ts'
import { constantValue, type Value } from './Value.ts'

/** What is known while code is generated: the words on the stack, and bytes that memory has at least. */
export type State = { stack: Value[]; memoryBytes: number }

/**
 * Instructions that can fail for another reason than gas, or show the gas left, or hand it on: LOG, SSTORE, TSTORE
 * (static calls), RETURNDATACOPY (bounds), GAS, calls and creations. See FrameCode on rows.
 */
const ROW_ENDINGS = new Set([
  0x3e, 0x55, 0x5a, 0x5d, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa,
])

/** Emits the instructions from `from` to `to`, no jumps among them, and changes the state as they do. */
export function emitInstructions(
  code: FrameCode,
  program: { instructions: Instructions; gas: Int32Array },
  { from, to }: { from: number; to: number },
  state: State,
): void {
  const { instructions, gas } = program
  const { stack } = state
  for (let at = from; at < to; at++) {
    const op = instructions.ops[at]!
    const cost = gas[op]!
    if (cost > 0) code.charge(cost)
    if (op === JUMPDEST) continue
    if (op >= PUSH0 && op <= PUSH32) stack.push(constantValue(instructions.constants.get(at)!))
    else if (op >= 0x80 && op <= 0x8f) stack.push(stack[stack.length - (op - 0x7f)]!)
    else if (op >= 0x90 && op <= 0x9f) swap(stack, op - 0x8f)
    else {
      const height = stack.length
      const inputs = stack.splice(height - OPCODES[op]!.stackIn).reverse()
      const ranges = inputs.map(({ range }) => range)
      const range = pushedRange(instructions, op, at, ranges)
      const result = emitOperation(code, { op, inputs, height, range }, state, instructions.codeLength)
      if (OPCODES[op]!.stackOut === 1) stack.push(result!)
      state.memoryBytes = Math.max(state.memoryBytes, memoryReached(op, ranges))
      if (ROW_ENDINGS.has(op)) code.endRow()
    }
  }
}

function emitOperation(
  code: FrameCode,
  operation: Operation,
  { memoryBytes }: State,
  codeLength: number,
): Value | undefined {
  const { op } = operation
  if (op >= 0x01 && op <= 0x1e) return emitArithmetic(code, operation)
  if (op >= 0xa0 && op <= 0xa4) return void emitLog(code, operation, memoryBytes)
  switch (op) {
    case STOP:
      code.saveGas()
      return void code.leave(ENDING.stop)
    case 0x20:
      return emitKeccak(code, operation, memoryBytes)
    case 0x31:
    case 0x3b:
    case 0x3f:
      return emitAccountReader(code, operation)
    case 0x35:
      return emitCallDataLoad(code, operation)
    case 0x37:
    case 0x39:
      return void emitCopy(code, operation, memoryBytes, codeLength)
    case 0x3c:
      return void emitAccountCodeCopy(code, operation, memoryBytes)
    case 0x3e:
      return void emitReturnDataCopy(code, operation, memoryBytes, ENDING.returnDataOutOfBounds)
    case 0x38:
    case 0x58:
      return constantValue(operation.range.value!)
    case 0x40:
      return emitBlockHash(code, operation)
    case 0x49:
      return emitBlobHash(code, operation)
    case 0x50:
      return undefined
    case 0x51:
    case 0x52:
    case 0x53:
      return emitMemoryAccess(code, operation, memoryBytes)[0]
    case 0x59:
      return emitMemorySize(code, operation)
    case 0x5e:
      return void emitMemoryCopy(code, operation, memoryBytes)
    default:
      return emitStateOperation(code, operation, memoryBytes)
  }
}

function emitStateOperation(code: FrameCode, operation: Operation, memoryBytes: number): Value | undefined {
  switch (operation.op) {
    case 0x54:
      return emitStorageLoad(code, operation)
    case 0x55:
      return void emitStorageStore(code, operation)
    case 0x5a:
      return emitGas(code)
    case 0x5c:
      return emitTransientLoad(code, operation)
    case 0x5d:
      return void emitTransientStore(code, operation)
    case 0xf0:
    case 0xf1:
    case 0xf2:
    case 0xf4:
    case 0xf5:
    case 0xfa:
      return emitCall(code, operation)
    case 0xf3:
      return void emitReturn(code, operation, memoryBytes, ENDING.return)
    case 0xfd:
      return void emitReturn(code, operation, memoryBytes, ENDING.revert)
    case 0xff:
      return void emitSelfDestruct(code, operation)
    default:
      return emitEnvironment(code, operation)
  }
}
