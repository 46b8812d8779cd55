import { bytesToHex, EMPTY_BYTES } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import { CallTracer } from './CallTracer.ts'
import type { TransactionPlace } from './FlatCallTracer.ts'
import { type FlatTrace, flatTraces } from './flatTraces.ts'
import { PrestateTracer } from './PrestateTracer.ts'
import { parityStateDiff } from './parityStateDiff.ts'
import type { Step } from './Step.ts'
import type { FrameEnd, FrameStart, TraceContext, TracedOutcome, Tracer } from './Tracer.ts'
import { VmTracer } from './VmTracer.ts'

/** What of an execution is told. */
export type ParityTraceType = 'trace' | 'stateDiff' | 'vmTrace'

const EVERYTHING = { diffMode: false, disableCode: false, disableStorage: false, includeEmpty: true }

/**
 * What OpenEthereum's and Erigon's trace module says of a message: output, and of the other three parts those that are
 * wanted. Unlike geth's flat traces, the first one's gas is without the intrinsic gas.
 */
export class ParityTracer implements Tracer {
  readonly opcodes: readonly number[]
  readonly #calls: CallTracer
  readonly #wantsTrace: boolean
  readonly #prestate: PrestateTracer | undefined
  readonly #vm: VmTracer | undefined
  #fork: Fork = 'Osaka'
  #context: TraceContext | undefined
  #start: FrameStart | undefined
  #end: FrameEnd | undefined
  #stateDiff: object | null = null
  /** Whether the prestate tracer wants to hear of an opcode. */
  readonly #touches: ReadonlySet<number>
  #isTouching = false

  readonly #place: TransactionPlace | undefined

  /** @param place - undefined: all parts are told; else only the traces, each with this. */
  constructor(
    types: readonly ParityTraceType[],
    checkSize: (characters: number) => void,
    place?: TransactionPlace,
  ) {
    this.#place = place
    this.#calls = new CallTracer({ onlyTopCall: false, withLog: false }, 0, checkSize)
    this.#wantsTrace = types.includes('trace')
    this.#prestate = types.includes('stateDiff') ? new PrestateTracer(EVERYTHING, checkSize) : undefined
    this.#vm = types.includes('vmTrace') ? new VmTracer(checkSize) : undefined
    this.#touches = new Set(this.#prestate?.opcodes ?? [])
    this.opcodes = this.#vm?.opcodes ?? [...this.#touches]
  }

  begin(context: TraceContext): void {
    this.#context = context
    this.#fork = context.env.fork
    this.#calls.begin(context)
    this.#prestate?.begin(context)
  }

  enter(frame: FrameStart, depth: number): void {
    if (depth === 0) this.#start = frame
    this.#calls.enter(frame.value === undefined ? { ...frame, value: 0n } : frame, depth)
    this.#vm?.enter(frame)
  }

  exit(end: FrameEnd, depth: number): void {
    if (depth === 0) this.#end = end
    this.#calls.exit(end, depth)
    this.#vm?.exit(end)
  }

  step(step: Step): void {
    this.#isTouching = this.#touches.has(step.opcode)
    if (this.#isTouching) this.#prestate?.step(step)
    this.#vm?.step(step)
  }

  stepped(gasCost: bigint, error: string | undefined): void {
    if (this.#isTouching) this.#prestate?.stepped(gasCost, error)
    this.#vm?.stepped(gasCost, error)
  }

  end(outcome: TracedOutcome): void {
    this.#calls.end(outcome)
    const { root } = this.#calls
    root.gas = this.#start!.gas
    root.gasUsed = this.#end!.gasUsed
    if (this.#prestate === undefined) return
    this.#stateDiff = parityStateDiff(this.#prestate.touched, this.#context!.state)
  }

  result(): string {
    if (this.#place !== undefined) return JSON.stringify(placed(this.#traces(), this.#place))
    const traces = this.#wantsTrace ? this.#traces() : []
    return JSON.stringify({
      output: bytesToHex(this.#end?.output ?? EMPTY_BYTES),
      stateDiff: this.#stateDiff,
      trace: traces.map(({ action, error, result, subtraces, traceAddress, type }) => ({
        ...{ action, error, result: result ?? null, subtraces, traceAddress, type },
      })),
      vmTrace: this.#vm?.root ?? null,
    })
  }

  #traces(): FlatTrace[] {
    return flatTraces(this.#calls.root, PARITY, this.#fork)
  }
}

const PARITY = { convertParityErrors: true, includePrecompiles: false }

function placed(traces: FlatTrace[], place: TransactionPlace): object[] {
  const { blockHash, blockNumber, transactionHash, transactionPosition } = place
  return traces.map(({ action, error, result, subtraces, traceAddress, type }) => ({
    action,
    blockHash: blockHash === undefined ? null : bytesToHex(blockHash),
    blockNumber: Number(blockNumber),
    error,
    result: result ?? null,
    subtraces,
    traceAddress,
    transactionHash: transactionHash && bytesToHex(transactionHash),
    transactionPosition,
    type,
  }))
}
