import { ENDING, FRAME, RUN_ON, STORE_NEEDS_PARENT_HASH } from '../../kernels/index.ts'
import { limbsOf, type Range } from './ranges.ts'
import type {
  SupportAddress,
  SupportAddresses,
  SupportFunction,
  SupportFunctions,
} from './supportFunctions.ts'
import { anyValue, constantValue, type Limb, limbCount, limbValue, type Value } from './Value.ts'
import { FunctionBody, I32, I64, type Label, type Local, Op, V128 } from './wasm/index.ts'

const WORD_BYTES = 32
/** Stacks begin at multiples of 64 KiB (kernels/assembly/frame.ts). */
const STACK_ALIGNMENT_MASK = -65_536
const ALL_ONES = 0xffffffffffffffffn

/**
 * Parameters of a function that runs a part of a contract: the frame; the address of its stack, or of a function's
 * return address; the number of the entry, where it has several.
 */
export const PART_PARAMETERS: (typeof I32)[] = [I32, I32, I32]
export const ENTRY_PARAMETER = 2

/**
 * One function of compiled code that runs a frame, or a part of it, while it is written: the frame's registers, its
 * gas, and words in limbs, on the frame's stack in memory and in EVM memory.
 *
 * Gas is taken for a row of instructions at its start. It may run out anywhere in the row: what was done since leaves
 * no trace, as the frame is undone as a whole. So a row ends behind every instruction that can fail for another reason
 * or shows the gas that is left.
 */
export class FrameCode {
  readonly body: FunctionBody
  /** Parameter: address of the frame. */
  readonly frame: Local
  /** Address of the frame's stack; of a function's return address on it. */
  readonly stack: Local
  /** Address of EVM memory, and its size in bytes as i64. */
  readonly memory: Local
  readonly memorySize: Local
  readonly gas: Local
  /** Warm slots are read in place, not by a call. */
  readonly readsSlotsInPlace: boolean
  readonly #support: SupportFunctions
  readonly #addresses: SupportAddresses
  readonly #isPart: boolean
  readonly #slots = new Map<number, Local>()
  #outOfGas: Label = 0
  #row: { handle: number; cost: number } | undefined

  /** The code of a contract's start (parameter: the frame), or a part of it: see {@link PART_PARAMETERS}. */
  constructor(
    support: SupportFunctions,
    addresses: SupportAddresses,
    { isPart, readsSlotsInPlace }: { isPart: boolean; readsSlotsInPlace: boolean },
  ) {
    this.#support = support
    this.#addresses = addresses
    this.body = new FunctionBody(isPart ? PART_PARAMETERS : [I32])
    this.frame = 0
    this.stack = isPart ? 1 : this.body.local(I32)
    this.#isPart = isPart
    this.readsSlotsInPlace = readsSlotsInPlace
    this.memory = this.body.local(I32)
    this.memorySize = this.body.local(I64)
    this.gas = this.body.local(I64)
  }

  /** Loads the registers and writes the code; where gas runs out in it, the frame halts. */
  run(write: () => void): void {
    const { body } = this
    if (!this.#isPart) {
      this.pushStackStart()
      body.set(this.stack)
    }
    this.#loadField(Op.i32Load, FRAME.memory, this.memory)
    this.reloadRegisters()
    this.#outOfGas = body.block()
    write()
    body.op(Op.unreachable)
    body.end()
    // A store that waits for the parent's hash says so in place of the gas.
    body.i32(ENDING.needsParentHash)
    body.i32(ENDING.outOfGas)
    body.get(this.gas)
    body.i64(STORE_NEEDS_PARENT_HASH)
    body.op(Op.i64Eq)
    body.op(Op.select)
  }

  /** Pushes the address of the frame's stack. */
  pushStackStart(): void {
    this.field(FRAME.stackPointer)
    this.body.i32(STACK_ALIGNMENT_MASK)
    this.body.op(Op.i32And)
  }

  #loadField(op: number, offset: number, to: Local): void {
    this.body.get(this.frame)
    this.body.memory(op, offset)
    this.body.set(to)
  }

  reloadMemorySize(): void {
    this.body.get(this.frame)
    this.body.memory(Op.i32Load, FRAME.memorySize)
    this.body.op(Op.i64ExtendI32U)
    this.body.set(this.memorySize)
  }

  /** Gas and size of memory, after something else has run. */
  reloadRegisters(): void {
    this.#loadField(Op.i64Load, FRAME.gas, this.gas)
    this.reloadMemorySize()
  }

  // ---------------------------------------------------------------------------------------------------------- gas

  /** Takes static gas: added to what the row of instructions takes at its start, which is here if none is open. */
  charge(cost: number): void {
    if (this.#row !== undefined) {
      this.#row.cost += cost
      return
    }
    this.body.get(this.gas)
    this.#row = { handle: this.body.i64(0n), cost }
    this.body.op(Op.i64Sub)
    this.body.tee(this.gas)
    this.haltIfNegative()
  }

  endRow(): void {
    if (this.#row !== undefined) this.body.patch(this.#row.handle, this.#row.cost)
    this.#row = undefined
  }

  /** Takes the i64 on top from the gas. */
  chargeTop(): void {
    const cost = this.body.keep(I64)
    this.body.get(this.gas)
    this.body.get(cost)
    this.body.op(Op.i64Sub)
    this.body.tee(this.gas)
    this.haltIfNegative()
  }

  /** The gas left is on top: keeps it, and halts when it is negative. */
  takeGasTop(): void {
    this.body.tee(this.gas)
    this.haltIfNegative()
  }

  haltIfNegative(): void {
    this.body.i64(0n)
    this.body.op(Op.i64LtS)
    this.body.branchIf(this.#outOfGas)
  }

  /** Halts with out of gas when the i32 on top is not 0. */
  outOfGasIf(): void {
    this.body.branchIf(this.#outOfGas)
  }

  outOfGas(): void {
    this.body.branch(this.#outOfGas)
  }

  saveGas(): void {
    this.body.get(this.frame)
    this.body.get(this.gas)
    this.body.memory(Op.i64Store, FRAME.gas)
  }

  /** Ends the frame. */
  leave(ending: number): void {
    this.body.i32(ending)
    this.body.op(Op.return)
  }

  /** Ends the frame when the i32 on top is not 0. */
  leaveIf(ending: number): void {
    this.body.if()
    this.leave(ending)
    this.body.end()
  }

  /** How a call ended is on top: goes on, or ends the frame in the same way, after what `prepare` writes. */
  returnUnlessRunOn(prepare?: () => void): void {
    const ending = this.body.keep(I32)
    this.body.get(ending)
    this.body.i32(RUN_ON)
    this.body.op(Op.i32Ne)
    this.body.if()
    prepare?.()
    this.body.get(ending)
    this.body.op(Op.return)
    this.body.end()
  }

  /** The interpreter goes on at an offset of the code; the stack's words that it reads are in memory. */
  leaveToInterpreter(pc: number, height: number): void {
    this.storeField(FRAME.pc, pc)
    this.body.get(this.frame)
    this.positionAddress(height)
    this.body.memory(Op.i32Store, FRAME.stackPointer)
    this.saveGas()
    this.leave(ENDING.switch)
  }

  haltIfStatic(): void {
    this.field(FRAME.isStatic)
    this.leaveIf(ENDING.writeProtection)
  }

  storeField(offset: number, value: number): void {
    this.body.get(this.frame)
    this.body.i32(value)
    this.body.memory(Op.i32Store, offset)
  }

  /** Pushes an i32 field of the frame. */
  field(offset: number): void {
    this.body.get(this.frame)
    this.body.memory(Op.i32Load, offset)
  }

  /** Pushes the address of a field. */
  fieldAddress(offset: number): void {
    this.body.get(this.frame)
    this.body.i32(offset)
    this.body.op(Op.i32Add)
  }

  call(name: SupportFunction): void {
    this.body.call(this.#support[name])
  }

  /** Pushes an address in the engine's memory: of the cells (layout.ts of the kernel), or of a table. */
  address(name: SupportAddress): void {
    this.body.global(this.#addresses[name])
  }

  // -------------------------------------------------------------------------------------------------------- limbs

  /** The local that carries a limb of a stack position from block to block. */
  slot(position: number, limb: number): Local {
    const key = position * 4 + limb
    let local = this.#slots.get(key)
    if (local === undefined) {
      local = this.body.local(I64)
      this.#slots.set(key, local)
    }
    return local
  }

  /** The value of a stack position where a block starts. */
  slotValue(position: number, range: Range): Value {
    if (range.value !== undefined) return constantValue(range.value)
    const limbs: Limb[] = []
    for (let i = 0; i < limbsOf(range); i++) limbs.push(this.slot(position, i))
    return limbValue(range, limbs)
  }

  /** Pushes a limb as i64. */
  limb(value: Value, index: number): void {
    if (index === 0 && value.flag !== undefined) {
      this.body.get(value.flag)
      this.body.op(Op.i64ExtendI32U)
    } else this.pushLimb(value.limbs[index]!)
  }

  pushLimb(limb: Limb): void {
    if (typeof limb === 'bigint') this.body.i64(limb)
    else this.body.get(limb)
  }

  /** Pushes limb 0 as i32. */
  low32(value: Value): void {
    if (value.flag !== undefined) this.body.get(value.flag)
    else if (typeof value.limbs[0] === 'bigint') this.body.i32(Number(value.limbs[0] & 0xffffffffn) | 0)
    else {
      this.body.get(value.limbs[0])
      this.body.op(Op.i32WrapI64)
    }
  }

  /** Pushes the limbs from `from` on, or-ed: 0 when all are. */
  orLimbs(value: Value, from: number): void {
    this.limb(value, from)
    for (let i = from + 1; i < limbCount(value); i++) {
      this.limb(value, i)
      this.body.op(Op.i64Or)
    }
  }

  /** Sets locals to a value's limbs, as many as there are locals. */
  setLimbs(locals: readonly Local[], value: Value): void {
    for (const [i, local] of locals.entries()) {
      this.limb(value, i)
      this.body.set(local)
    }
  }

  /** Pushes the bits of a value from bit 32 on, or-ed, as i64: 0 where it has no more than 32 bits. */
  bitsAbove32(value: Value): void {
    this.limb(value, 0)
    this.body.i64(32n)
    this.body.op(Op.i64ShrU)
    for (let i = 1; i < limbCount(value); i++) {
      this.limb(value, i)
      this.body.op(Op.i64Or)
    }
  }

  // ------------------------------------------------------------------------------------------- words on the stack

  /** Pushes the address of a stack position. */
  positionAddress(position: number): void {
    this.body.get(this.stack)
    if (position === 0) return
    this.body.i32(position * WORD_BYTES)
    this.body.op(Op.i32Add)
  }

  /** Writes a value to its position on the frame's stack in memory. */
  spill(value: Value, position: number): void {
    for (let i = 0; i < 4; i++) this.spillLimb(value, i, position)
  }

  spillLimb(value: Value, limb: number, position: number): void {
    this.body.get(this.stack)
    this.limb(value, limb)
    this.body.memory(Op.i64Store, position * WORD_BYTES + limb * 8)
  }

  /** The word at a position of the stack in memory. */
  reload(position: number, range: Range): Value {
    return this.#loadWord(() => this.body.get(this.stack), position * WORD_BYTES, range)
  }

  /** The word at an offset of the frame or the cells. */
  loadWord(pushAddress: () => void, offset: number, range: Range): Value {
    return this.#loadWord(pushAddress, offset, range)
  }

  #loadWord(pushAddress: () => void, offset: number, range: Range): Value {
    const limbs: Limb[] = []
    for (let i = 0; i < limbsOf(range); i++) {
      pushAddress()
      this.body.memory(Op.i64Load, offset + i * 8)
      limbs.push(this.body.keep(I64))
    }
    return limbValue(range, limbs)
  }

  // ---------------------------------------------------------------------------------------------- big-endian words

  /** The 32 big-endian bytes at the address in a local, as a word. */
  loadBytes32(address: Local): Value {
    const limbs: Limb[] = []
    for (const offset of [16, 0]) {
      this.body.get(address)
      this.body.memory(Op.v128Load, offset)
      this.#reverseTop()
      const reversed = this.body.keep(V128)
      for (const lane of [0, 1]) {
        this.body.get(reversed)
        this.body.lane(Op.i64x2ExtractLane, lane)
        limbs.push(this.body.keep(I64))
      }
    }
    return anyValue(limbs)
  }

  /** Writes a word as 32 big-endian bytes to the address in a local. */
  storeBytes32(address: Local, value: Value): void {
    for (const [offset, low] of [
      [16, 0],
      [0, 2],
    ] as const) {
      this.body.get(address)
      this.#reversedPair(value, low)
      this.body.memory(Op.v128Store, offset)
    }
  }

  /** Pushes limbs `low` and `low + 1` as 16 big-endian bytes. */
  #reversedPair(value: Value, low: number): void {
    const { body } = this
    const lower = value.flag !== undefined && low === 0 ? undefined : value.limbs[low]!
    const upper = value.limbs[low + 1]!
    if (typeof lower === 'bigint' && typeof upper === 'bigint') {
      body.v128(reverseBytes64(upper), reverseBytes64(lower))
      return
    }
    this.limb(value, low)
    body.op(Op.i64x2Splat)
    this.limb(value, low + 1)
    body.lane(Op.i64x2ReplaceLane, 1)
    this.#reverseTop()
  }

  /** A shuffle takes two vectors: the one on top twice. */
  #reverseTop(): void {
    const vector = this.body.temporary(V128)
    this.body.tee(vector)
    this.body.get(vector)
    this.body.op(Op.reverseBytes)
  }
}

function reverseBytes64(value: bigint): bigint {
  let result = 0n
  for (let rest = value & ALL_ONES, i = 0; i < 8; i++, rest >>= 8n) result = (result << 8n) | (rest & 0xffn)
  return result
}
