import { OPCODES } from '../opcodes.ts'

export const STOP = 0x00
export const JUMP = 0x56
export const JUMPI = 0x57
export const JUMPDEST = 0x5b
export const PUSH0 = 0x5f
export const PUSH32 = 0x7f

/** Bytecode as instructions. The code's end reads as STOP; the data of a PUSH beyond it as zeros. */
export type Instructions = {
  /** Opcode bytes; one STOP more than the code has. */
  ops: Uint8Array
  /** Offset of each in the code. */
  pcs: Uint32Array
  /** What a PUSH pushes, by instruction. */
  constants: ReadonlyMap<number, bigint>
  /** Instruction at a valid jump destination, by offset. */
  jumpDestinations: ReadonlyMap<number, number>
  /** 1 for instructions that are a jump destination whose offset some PUSH pushes: where a block may begin. */
  isTarget: Uint8Array
  codeLength: number
}

/** Splits bytecode into its instructions (Yellow Paper 9.4.3: data of PUSH is no code). */
export function decode(code: Uint8Array): Instructions {
  const ops: number[] = []
  const pcs: number[] = []
  const constants = new Map<number, bigint>()
  const jumpDestinations = new Map<number, number>()
  for (let pc = 0; pc < code.length; pc++) {
    const op = code[pc]!
    if (op === JUMPDEST) jumpDestinations.set(pc, ops.length)
    if (op >= PUSH0 && op <= PUSH32) constants.set(ops.length, immediate(code, pc + 1, op - PUSH0))
    ops.push(op)
    pcs.push(pc)
    pc += OPCODES[op]?.immediateBytes ?? 0
  }
  ops.push(STOP)
  pcs.push(code.length)
  const isTarget = new Uint8Array(ops.length)
  for (const constant of constants.values()) {
    const target = constant < BigInt(code.length) ? jumpDestinations.get(Number(constant)) : undefined
    if (target !== undefined) isTarget[target] = 1
  }
  return {
    ops: Uint8Array.from(ops),
    pcs: Uint32Array.from(pcs),
    constants,
    jumpDestinations,
    isTarget,
    codeLength: code.length,
  }
}

function immediate(code: Uint8Array, from: number, length: number): bigint {
  if (length <= 6) {
    let value = 0
    for (let i = 0; i < length; i++) value = value * 256 + (code[from + i] ?? 0)
    return BigInt(value)
  }
  let hex = '0x'
  for (let i = 0; i < length; i++) hex += (code[from + i] ?? 0).toString(16).padStart(2, '0')
  return BigInt(hex)
}
