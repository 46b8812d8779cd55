import { OPCODES } from '../../evm/index.ts'
import { EVERY_OPCODE } from '../../kernels/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import { SELFDESTRUCT, SSTORE } from './opcodes.ts'
import type { Step } from './Step.ts'
import type { FrameEnd, FrameStart, Tracer } from './Tracer.ts'

/** The instructions of a frame, in Parity's form. */
type VmTrace = { code: string; ops: VmOperation[] }
type VmOperation = {
  cost: number
  /** What it has done; null where it could not be executed. */
  ex: Execution | null
  pc: number
  sub: VmTrace | null
}
type Execution = {
  mem: { data: string; off: number } | null
  push: string[]
  store: { key: string; val: string } | null
  /** Gas left behind it. */
  used: number
}

/** An instruction whose outcome isn't known yet. */
type Pending = {
  operation: VmOperation
  opcode: number
  written: Written | undefined
  store: Execution['store']
}
type Written = { offset: number; length: number }

type Frame = { trace: VmTrace | undefined; pending: Pending | undefined }

/** Every instruction with what it pushes, writes and stores (OpenEthereum's vmTrace). */
export class VmTracer implements Pick<Tracer, 'opcodes'> {
  readonly opcodes: readonly number[] = EVERY_OPCODE
  readonly #checkSize: (characters: number) => void
  readonly #frames: (Frame | undefined)[] = []
  #size = 0
  /** Null where the message runs no code. */
  root: VmTrace | null = null

  constructor(checkSize: (characters: number) => void) {
    this.#checkSize = checkSize
  }

  enter({ kind }: FrameStart): void {
    const isFrame = kind !== SELFDESTRUCT
    this.#frames.push(isFrame ? { trace: undefined, pending: undefined } : undefined)
  }

  step(step: Step): void {
    const frame = this.#frames.at(-1)!
    if (frame.trace === undefined) this.#open(frame, step)
    this.#complete(frame, step)
    const operation: VmOperation = { cost: 0, ex: null, pc: step.pc, sub: null }
    frame.trace!.ops.push(operation)
    const { opcode } = step
    const store =
      opcode === SSTORE && step.stackLength > 1
        ? { key: hexWord(step.word(0)), val: hexWord(step.word(1)) }
        : null
    frame.pending = { operation, opcode, written: writtenBy(step), store }
    this.#grow(OPERATION_CHARACTERS)
  }

  stepped(gasCost: bigint, error: string | undefined): void {
    const frame = this.#frames.findLast((each) => each?.pending !== undefined)
    const pending = frame?.pending
    if (frame === undefined || pending === undefined) return
    pending.operation.cost = Number(gasCost)
    if (error !== undefined) frame.pending = undefined
  }

  exit({ error }: FrameEnd): void {
    const frame = this.#frames.pop()
    if (frame === undefined) return
    const { pending } = frame
    const isDone = pending !== undefined && (error === undefined || pending.opcode === REVERT)
    if (isDone) pending.operation.ex = { mem: null, push: [], store: pending.store, used: 0 }
  }

  /** The frame's first instruction: its trace hangs on the one that has called it. */
  #open(frame: Frame, step: Step): void {
    frame.trace = { code: bytesToHex(step.code), ops: [] }
    this.#grow(2 * step.code.length)
    const caller = this.#frames.at(-2)?.pending
    if (caller === undefined) this.root = frame.trace
    else caller.operation.sub = frame.trace
  }

  /** What the frame's instruction before this one has done shows now. */
  #complete(frame: Frame, step: Step): void {
    const { pending } = frame
    if (pending === undefined) return
    const { opcode, written, store, operation } = pending
    const push: string[] = []
    for (let i = pushedBy(opcode) - 1; i >= 0; i--) push.push(hexWord(step.word(i)))
    operation.ex = {
      mem: written === undefined ? null : this.#read(written, step),
      push,
      store,
      used: Number(step.gas),
    }
  }

  #read({ offset, length }: Written, { memory }: Step): Execution['mem'] {
    const data = memory.subarray(offset, offset + length)
    this.#grow(2 * data.length)
    return { data: bytesToHex(data), off: offset }
  }

  #grow(characters: number): void {
    this.#size += characters
    this.#checkSize(this.#size)
  }
}

const REVERT = 0xfd
/** About what an instruction's JSON has beside memory. */
const OPERATION_CHARACTERS = 120

function hexWord(word: bigint): string {
  return `0x${word.toString(16)}`
}

/** Words that are new or elsewhere on the stack behind an instruction: of DUPn and SWAPn those down to the n-th. */
function pushedBy(opcode: number): number {
  if (opcode >= 0x80 && opcode <= 0x8f) return opcode - 0x7f + 1
  if (opcode >= 0x90 && opcode <= 0x9f) return opcode - 0x8f + 1
  return OPCODES[opcode]?.stackOut ?? 0
}

/** Positions on the stack of offset and length of what an instruction writes or reads as a word; numbers of bytes are negative. */
const WRITES: Readonly<Record<number, readonly [number, number]>> = {
  55: [0, 2],
  57: [0, 2],
  60: [1, 3],
  62: [0, 2],
  81: [0, -32],
  82: [0, -32],
  83: [0, -1],
  94: [0, 2],
  241: [5, 6],
  242: [5, 6],
  244: [4, 5],
  250: [4, 5],
}

function writtenBy(step: Step): Written | undefined {
  const places = WRITES[step.opcode]
  if (places === undefined || step.stackLength <= Math.max(...places)) return undefined
  const [offset, length] = places
  const size = length < 0 ? -length : Number(step.word(length))
  return size === 0 ? undefined : { offset: Number(step.word(offset)), length: size }
}
