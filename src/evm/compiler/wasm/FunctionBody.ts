import { assert } from '../../../lib/index.ts'
import { ByteWriter } from './ByteWriter.ts'
import { EMPTY, I32, I64, Op, V128, type ValueType } from './instructions.ts'

/** A place for a value: a numbered local of the function, or a temporary that gets its local at the end. */
export type Local = number

/** An open block: what a branch names. */
export type Label = number

/** Temporaries are numbered from here on; below are locals. */
const FIRST_TEMPORARY = 1 << 20

/**
 * The body of one function, written instruction by instruction.
 *
 * Temporaries are defined once on every way to their uses, and never carried around a loop; `encode` gives those
 * whose uses do not overlap the same local, so that a function has as many locals as it needs at its widest point.
 */
export class FunctionBody {
  /** Instructions with their immediates, see {@link immediateCount}. */
  readonly #stream: number[] = []
  readonly #parameters: ValueType[]
  readonly #locals: ValueType[] = []
  readonly #temporaries: ValueType[] = []
  #depth = 0
  #mostOperands = 16

  constructor(parameters: ValueType[]) {
    this.#parameters = parameters
  }

  /** A local of its own, for the whole function. */
  local(type: ValueType): Local {
    this.#locals.push(type)
    return this.#parameters.length + this.#locals.length - 1
  }

  temporary(type: ValueType): Local {
    this.#temporaries.push(type)
    return FIRST_TEMPORARY + this.#temporaries.length - 1
  }

  // ------------------------------------------------------------------------------------------------ instructions

  op(op: number): void {
    this.#stream.push(op)
  }

  get(local: Local): void {
    this.#stream.push(Op.localGet, local)
  }

  set(local: Local): void {
    this.#stream.push(Op.localSet, local)
  }

  tee(local: Local): void {
    this.#stream.push(Op.localTee, local)
  }

  /** Sets a new temporary to the value on top. */
  keep(type: ValueType): Local {
    const temporary = this.temporary(type)
    this.set(temporary)
    return temporary
  }

  i32(value: number): void {
    this.#stream.push(Op.i32Const, value)
  }

  /** An i64 constant, as an unsigned or signed number. Returns a handle for {@link patch}. */
  i64(value: bigint): number {
    const bits = BigInt.asUintN(64, value)
    this.#stream.push(Op.i64Const, Number(bits & 0xffffffffn) | 0, Number(bits >> 32n) | 0)
    return this.#stream.length - 2
  }

  /** Changes the constant that {@link i64} emitted. */
  patch(handle: number, value: number): void {
    this.#stream[handle] = value | 0
    this.#stream[handle + 1] = Math.floor(value / 2 ** 32) | 0
  }

  /** A vector of two i64 lanes. */
  v128(lane0: bigint, lane1: bigint): void {
    this.#stream.push(Op.v128Const)
    for (const lane of [lane0, lane1]) {
      const bits = BigInt.asUintN(64, lane)
      this.#stream.push(Number(bits & 0xffffffffn) | 0, Number(bits >> 32n) | 0)
    }
  }

  /** A load or store at the address on the stack plus `offset`. */
  memory(op: number, offset: number): void {
    this.#stream.push(op, offset)
  }

  lane(op: number, lane: number): void {
    this.#stream.push(op, lane)
  }

  call(functionIndex: number): void {
    this.#stream.push(Op.call, functionIndex)
  }

  returnCall(functionIndex: number): void {
    this.#stream.push(Op.returnCall, functionIndex)
  }

  global(index: number): void {
    this.#stream.push(Op.globalGet, index)
  }

  // ----------------------------------------------------------------------------------------------------- control

  block(): Label {
    return this.#open(Op.block)
  }

  loop(): Label {
    return this.#open(Op.loop)
  }

  if(): Label {
    return this.#open(Op.if)
  }

  else(): void {
    this.#stream.push(Op.else)
  }

  end(): void {
    this.#depth--
    this.#stream.push(Op.end)
  }

  branch(label: Label): void {
    this.#stream.push(Op.br, this.#depth - label)
  }

  branchIf(label: Label): void {
    this.#stream.push(Op.brIf, this.#depth - label)
  }

  /** Jumps to the label with the number on the stack; the last label also takes all higher numbers. */
  branchTable(labels: Label[]): void {
    this.#stream.push(Op.brTable, labels.length, ...labels.map((label) => this.#depth - label))
  }

  #open(op: number): Label {
    this.#stream.push(op, EMPTY)
    return ++this.#depth
  }

  /** Instructions and immediates so far: a rough measure of size. */
  get size(): number {
    return this.#stream.length
  }

  // ---------------------------------------------------------------------------------------------------- encoding

  /**
   * The code entry of the function (section 5.5.13) without its size, and what its locals and operands take on the native
   * stack where V8 keeps each in a place of its own, as its baseline compiler does.
   */
  encode(): { code: Uint8Array; stackBytes: number } {
    assert(this.#depth === 0, 'every block is closed')
    const { numbers, types } = this.#assignTemporaries()
    const writer = new ByteWriter()
    writeLocals(writer, [...this.#locals, ...types])
    const { length } = this.#stream
    for (let at = 0; at < length; ) at = this.#encodeInstruction(writer, at, numbers)
    writer.byte(Op.end)
    const places = [...this.#parameters, ...this.#locals, ...types]
    const localBytes = places.reduce((sum, type) => sum + (type === V128 ? 16 : 8), 0)
    return { code: writer.view().slice(), stackBytes: localBytes + this.#mostOperands * 8 }
  }

  /** Tells how many operands stand on the stack at once, where it is more than a few. */
  noteOperands(count: number): void {
    this.#mostOperands = Math.max(this.#mostOperands, count)
  }

  #encodeInstruction(writer: ByteWriter, at: number, numbers: Int32Array): number {
    const stream = this.#stream
    const op = stream[at]!
    const a = stream[at + 1]!
    if (op > 0xff) {
      writer.byte(op >> 8)
      writer.unsigned(op & 0xff)
    } else writer.byte(op)
    switch (op) {
      case Op.localGet:
      case Op.localSet:
      case Op.localTee:
        writer.unsigned(a < FIRST_TEMPORARY ? a : numbers[a - FIRST_TEMPORARY]!)
        break
      case Op.i32Const:
        writer.signed(a)
        break
      case Op.i64Const:
        writer.signed64(a, stream[at + 2]!)
        break
      case Op.v128Const:
        for (let i = 1; i <= 4; i++) writeInt32(writer, stream[at + i]!)
        break
      case Op.reverseBytes:
        for (let i = 15; i >= 0; i--) writer.byte(i)
        break
      case Op.memoryCopy:
        writer.byte(0)
        writer.byte(0)
        break
      case Op.block:
      case Op.loop:
      case Op.if:
        writer.byte(a)
        break
      case Op.brTable:
        writer.unsigned(a - 1)
        for (let i = 0; i < a; i++) writer.unsigned(stream[at + 2 + i]!)
        break
      default:
        if (isMemoryOp(op)) writer.byte(0) // alignment: no promise
        if (immediateCount(op, a) === 1) writer.unsigned(a)
    }
    return at + 1 + immediateCount(op, a)
  }

  /** Linear scan: a temporary's local is free again behind the last place that names it. */
  #assignTemporaries(): { numbers: Int32Array; types: ValueType[] } {
    const stream = this.#stream
    const lastUse = new Int32Array(this.#temporaries.length)
    this.#eachTemporary((temporary, at) => {
      lastUse[temporary] = at
    })
    const numbers = new Int32Array(this.#temporaries.length).fill(-1)
    const types: ValueType[] = []
    const free: Record<number, number[]> = { [I32]: [], [I64]: [], [V128]: [] }
    const first = this.#parameters.length + this.#locals.length
    this.#eachTemporary((temporary, at) => {
      const type = this.#temporaries[temporary]!
      if (numbers[temporary] === -1) {
        assert(stream[at] !== Op.localGet, 'a temporary is set before it is read')
        numbers[temporary] = free[type]!.pop() ?? first + types.push(type) - 1
      }
      if (lastUse[temporary] === at) free[type]!.push(numbers[temporary]!)
    })
    return { numbers, types }
  }

  #eachTemporary(visit: (temporary: number, at: number) => void): void {
    const stream = this.#stream
    for (let at = 0; at < stream.length; ) {
      const op = stream[at]!
      const a = stream[at + 1]!
      if (op >= Op.localGet && op <= Op.localTee && a >= FIRST_TEMPORARY) visit(a - FIRST_TEMPORARY, at)
      at += 1 + immediateCount(op, a)
    }
  }
}

function isMemoryOp(op: number): boolean {
  return (op >= Op.i32Load && op <= 0x3e) || op === Op.v128Load || op === Op.v128Store
}

/** Numbers that follow an instruction in the stream. `first` is the first of them, if any. */
function immediateCount(op: number, first: number): number {
  switch (op) {
    case Op.block:
    case Op.loop:
    case Op.if:
    case Op.br:
    case Op.brIf:
    case Op.call:
    case Op.returnCall:
    case Op.localGet:
    case Op.localSet:
    case Op.localTee:
    case Op.globalGet:
    case Op.i32Const:
    case Op.i64x2ExtractLane:
    case Op.i64x2ReplaceLane:
      return 1
    case Op.i64Const:
      return 2
    case Op.v128Const:
      return 4
    case Op.brTable:
      return 1 + first
    default:
      return isMemoryOp(op) ? 1 : 0
  }
}

function writeInt32(writer: ByteWriter, value: number): void {
  for (let shift = 0; shift < 32; shift += 8) writer.byte((value >>> shift) & 0xff)
}

/** Locals in runs of one type. */
function writeLocals(writer: ByteWriter, types: readonly ValueType[]): void {
  const runs: { type: ValueType; count: number }[] = []
  for (const type of types) {
    const last = runs.at(-1)
    if (last?.type === type) last.count++
    else runs.push({ type, count: 1 })
  }
  writer.unsigned(runs.length)
  for (const { type, count } of runs) {
    writer.unsigned(count)
    writer.byte(type)
  }
}
