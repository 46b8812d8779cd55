import { CELL, ENDING, type EngineKernel, FRAME, type TraceHooks } from '../../kernels/index.ts'
import { assert, EMPTY_BYTES } from '../../lib/index.ts'
import { type Fork, rlpDecode } from '../../protocol/index.ts'
import { frameError } from './frameError.ts'
import { ACCOUNT_ON_TOP, CALLS, SELFDESTRUCT, SLOT_ACCESSES } from './opcodes.ts'
import { StateProbe } from './StateProbe.ts'
import { Step } from './Step.ts'
import { stepHalt } from './stepHalt.ts'
import type { FrameEnd, FrameStart, TraceContext, TracedLog, Tracer } from './Tracer.ts'
import { readAddress, readWord } from './words.ts'

/** Between two looks at the clock. */
const EVENTS_A_LOOK = 256

/** The latest instruction that the tracer was told of, until its outcome is known. */
type PendingStep = { frame: number; pc: number; gas: bigint; isCold: boolean; told: boolean }

/** Turns what a tracing kernel tells (kernels/assembly/tracing.ts) into what a {@link Tracer} hears. */
export class TraceHost {
  readonly hooks: TraceHooks
  /** Throws where tracing has taken too long. */
  readonly #checkTime: () => void
  #kernel: EngineKernel | undefined
  #step: Step | undefined
  #state: StateProbe | undefined
  #tracer: Tracer | undefined
  #fork: Fork = 'Osaka'
  #wanted: ReadonlySet<number> = new Set()
  #pending: PendingStep | undefined
  readonly #frames: FrameStart[] = []
  #events = 0

  constructor(checkTime: () => void) {
    this.#checkTime = checkTime
    this.hooks = {
      trace: (frame, pc, gas, sp) => this.#onStep(frame >>> 0, pc >>> 0, gas, sp >>> 0),
      enter: (kind, from, to, input, length, gas, value) =>
        this.#onEnter(kind, from >>> 0, to >>> 0, input >>> 0, length >>> 0, gas, value >>> 0),
      exit: (ending, gasUsed, output, length) => this.#onExit(ending, gasUsed, output >>> 0, length >>> 0),
      log: (at, length) => this.#onLog(at >>> 0, length >>> 0),
    }
  }

  /** The kernel that calls the hooks. */
  attach(kernel: EngineKernel): void {
    this.#kernel = kernel
    this.#step = new Step(kernel)
    this.#state = new StateProbe(kernel)
    kernel.watch([])
  }

  get state(): StateProbe {
    assert(this.#state !== undefined, 'a kernel is attached')
    return this.#state
  }

  /** From now on `tracer` hears of everything, until {@link stop}. */
  start(tracer: Tracer, context: Omit<TraceContext, 'state'>): void {
    const kernel = this.#kernel
    assert(kernel !== undefined, 'a kernel is attached')
    this.#tracer = tracer
    this.#fork = context.env.fork
    this.#wanted = new Set(tracer.opcodes)
    this.#pending = undefined
    this.#frames.length = 0
    // Whether SELFDESTRUCT's beneficiary was cold decides which words it fails with.
    kernel.watch([...tracer.opcodes, SELFDESTRUCT])
    tracer.begin?.({ ...context, state: this.state })
  }

  stop(): void {
    this.#tracer = undefined
    this.#kernel?.watch([])
  }

  #onStep(frame: number, pc: number, gas: bigint, top: number): void {
    const tracer = this.#tracer
    if (tracer === undefined) return
    this.#countEvent()
    const step = this.#step!
    const pending = this.#pending
    if (pending !== undefined) this.#settle(pending.gas - gas, undefined)
    step.frame = frame
    step.pc = pc
    step.gas = gas
    step.top = top
    step.depth = this.#frames.length
    step.opcode = this.#opcodeAt(frame, pc)
    const told = this.#wanted.has(step.opcode)
    this.#pending = { frame, pc, gas, isCold: this.#isCold(step), told }
    if (told) tracer.step?.(step)
  }

  #onEnter(
    kind: number,
    from: number,
    to: number,
    input: number,
    length: number,
    gas: bigint,
    value: number,
  ): void {
    const tracer = this.#tracer
    if (tracer === undefined) return
    this.#countEvent()
    const { bytes, view } = this.#kernel!
    const depth = this.#frames.length
    if (kind !== SELFDESTRUCT && this.#pending !== undefined && depth > 0) {
      // What is passed on is part of a call's cost, but not of a creation's.
      const passedOn = CALLS.has(kind) ? 0n : gas
      this.#settle(this.#pending.gas - this.#step!.gasAfter - passedOn, undefined)
    }
    const frame: FrameStart = {
      kind,
      from: readAddress(bytes, from),
      to: to === 0 ? undefined : readAddress(bytes, to),
      input: length === 0 ? EMPTY_BYTES : bytes.slice(input, input + length),
      gas,
      value: value === 0 ? undefined : readWord(view, value),
    }
    this.#frames.push(frame)
    tracer.enter?.(frame, depth)
  }

  #onExit(ending: number, gasUsed: bigint, output: number, length: number): void {
    const tracer = this.#tracer
    if (tracer === undefined) return
    const frame = this.#frames.pop()!
    const facts = { frame, outputLength: length, fork: this.#fork }
    let error = frameError(ending, facts)
    const isHalt = ending >= ENDING.outOfGas
    if (frame.kind !== SELFDESTRUCT) {
      if (isHalt && error === undefined) error = this.#halt(ending)
      else if (this.#pending !== undefined && !isRefusal(ending))
        this.#settle(this.#pending.gas - this.#step!.gasAfter, undefined)
    }
    const isSilent = isHalt || length === 0
    const end: FrameEnd = {
      output: isSilent ? EMPTY_BYTES : this.#kernel!.bytes.slice(output, output + length),
      gasUsed,
      error,
    }
    tracer.exit?.(end, this.#frames.length)
  }

  /** The running instruction halts its frame: settles it, and gives the reason in geth's words. */
  #halt(ending: number): string {
    const kernel = this.#kernel!
    const step = this.#step!
    step.frame = kernel.getU32(CELL.traceFrame)
    step.pc = kernel.getU32(CELL.tracePc)
    step.top = kernel.getU32(CELL.traceStackPointer)
    step.gas = BigInt.asIntN(64, kernel.getU64(CELL.traceGas))
    step.opcode = this.#opcodeAt(step.frame, step.pc)
    const pending = this.#pending
    const isIt =
      pending !== undefined &&
      pending.frame === step.frame &&
      pending.pc === step.pc &&
      pending.gas === step.gas
    const isCold = isIt && pending.isCold
    const halt = stepHalt({ step, fork: this.#fork, state: this.state, isCold }, ending)
    if (isIt) this.#settle(halt.gasCost, halt.stepError)
    else if (pending !== undefined) this.#settle(pending.gas - step.gas, undefined)
    return halt.frameError
  }

  #settle(gasCost: bigint, error: string | undefined): void {
    const { told } = this.#pending!
    this.#pending = undefined
    if (told) this.#tracer!.stepped?.(gasCost, error)
  }

  #onLog(at: number, length: number): void {
    const tracer = this.#tracer
    if (tracer?.log === undefined) return
    const decoded = rlpDecode(this.#kernel!.bytes.slice(at, at + length))
    assert(decoded.ok, 'the kernel writes logs that can be read')
    const [address, topics, data] = decoded.value as [Uint8Array, Uint8Array[], Uint8Array]
    tracer.log({ address, topics, data } satisfies TracedLog)
  }

  #opcodeAt(frame: number, pc: number): number {
    const { view, bytes } = this.#kernel!
    return bytes[view.getUint32(frame + FRAME.code, true) + pc]!
  }

  #isCold(step: Step): boolean {
    const { opcode } = step
    if (SLOT_ACCESSES.has(opcode))
      return step.stackLength > 0 && !this.state.isWarmSlot(step.frame, step.wordAt(0))
    const place = ACCOUNT_ON_TOP.has(opcode) ? 0 : CALLS.has(opcode) ? 1 : -1
    if (place < 0 || step.stackLength <= place) return false
    return !this.state.isWarmAccount(step.wordAt(place))
  }

  #countEvent(): void {
    if (++this.#events % EVENTS_A_LOOK === 0) this.#checkTime()
  }
}

function isRefusal(ending: number): boolean {
  return ending === ENDING.depth || ending === ENDING.insufficientBalance || ending === ENDING.nonceOverflow
}
