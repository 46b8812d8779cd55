import { OPCODES } from '../../evm/index.ts'
import { bytesToHex, quantity } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import { type CallFrame, CallTracer } from './CallTracer.ts'
import { EXECUTION_REVERTED } from './frameError.ts'
import { isPrecompile } from './isPrecompile.ts'
import type { FrameEnd, FrameStart, TraceContext, TracedOutcome, Tracer } from './Tracer.ts'

export type FlatCallTracerConfig = { convertParityErrors: boolean; includePrecompiles: boolean }

/** Where the transaction stands; what is undefined is null or left out. */
export type TransactionPlace = {
  blockHash?: Uint8Array | undefined
  blockNumber?: bigint | undefined
  transactionHash?: Uint8Array | undefined
  transactionPosition?: number | undefined
}

const CREATE = 0xf0
const CALL = 0xf1
const CREATE2 = 0xf5
const STATICCALL = 0xfa
const SELFDESTRUCT = 0xff

/** The calls in a row, each with its place in the tree, as Parity has them (go-ethereum, eth/tracers/native/call_flat.go). */
export class FlatCallTracer implements Tracer {
  readonly opcodes: readonly number[] = []
  readonly #config: FlatCallTracerConfig
  readonly #place: TransactionPlace
  readonly #calls: CallTracer
  #fork: Fork = 'Osaka'

  constructor(
    config: FlatCallTracerConfig,
    place: TransactionPlace,
    checkSize: (characters: number) => void,
  ) {
    this.#config = config
    this.#place = place
    this.#calls = new CallTracer({ onlyTopCall: false, withLog: false }, 0, checkSize)
  }

  begin(context: TraceContext): void {
    this.#fork = context.env.fork
    this.#calls.begin(context)
  }

  enter(frame: FrameStart, depth: number): void {
    this.#calls.enter(depth > 0 && frame.value === undefined ? { ...frame, value: 0n } : frame, depth)
  }

  exit(end: FrameEnd, depth: number): void {
    this.#calls.exit(end, depth)
  }

  end(outcome: TracedOutcome): void {
    this.#calls.end(outcome)
  }

  /** One object for each call. */
  get traces(): FlatTrace[] {
    const keeps = (call: CallFrame): boolean =>
      this.#config.includePrecompiles || !this.#isPrecompileCall(call)
    return [...flatten(this.#calls.root, [], { keeps, convertErrors: this.#config.convertParityErrors })]
  }

  result(): string {
    return JSON.stringify(this.traces.map((trace) => placedJson(trace, this.#place)))
  }

  #isPrecompileCall({ kind, to }: CallFrame): boolean {
    return (kind === CALL || kind === STATICCALL) && to !== undefined && isPrecompile(to, this.#fork)
  }
}

export type FlatTrace = {
  action: object
  error: string | undefined
  result: object | undefined
  subtraces: number
  traceAddress: number[]
  type: 'call' | 'create' | 'suicide'
}

type Flattening = { keeps: (call: CallFrame) => boolean; convertErrors: boolean }

function* flatten(frame: CallFrame, traceAddress: number[], options: Flattening): Generator<FlatTrace> {
  const calls = frame.calls.filter(options.keeps)
  const { error } = frame
  const hasResult = frame.kind !== SELFDESTRUCT && (error === undefined || error === EXECUTION_REVERTED)
  yield {
    action: actionOf(frame),
    error: error !== undefined && options.convertErrors ? parityError(error) : error,
    result: hasResult ? resultOf(frame) : undefined,
    subtraces: calls.length,
    traceAddress,
    type: isCreation(frame) ? 'create' : frame.kind === SELFDESTRUCT ? 'suicide' : 'call',
  }
  for (const [i, call] of calls.entries()) yield* flatten(call, [...traceAddress, i], options)
}

function isCreation({ kind }: CallFrame): boolean {
  return kind === CREATE || kind === CREATE2
}

function actionOf(frame: CallFrame): object {
  const { kind, from, to, input, gas, value } = frame
  const amount = value === undefined ? undefined : quantity(value)
  if (kind === SELFDESTRUCT)
    return { address: bytesToHex(from), balance: amount, refundAddress: to && bytesToHex(to) }
  const name = OPCODES[kind]!.name.toLowerCase()
  const sender = { from: bytesToHex(from), gas: quantity(gas) }
  if (isCreation(frame)) return { creationMethod: name, ...sender, init: bytesToHex(input), value: amount }
  return { callType: name, ...sender, input: bytesToHex(input), to: to && bytesToHex(to), value: amount }
}

function resultOf(frame: CallFrame): object {
  const output = bytesToHex(frame.output)
  const gasUsed = quantity(frame.gasUsed)
  if (!isCreation(frame)) return { gasUsed, output }
  return { address: frame.to && bytesToHex(frame.to), code: output, gasUsed }
}

/** A trace as geth writes it. */
export function placedJson(trace: FlatTrace, place: TransactionPlace): object {
  const { action, error, result, subtraces, traceAddress, type } = trace
  return {
    action,
    blockHash: place.blockHash === undefined ? null : bytesToHex(place.blockHash),
    blockNumber: Number(place.blockNumber ?? 0n),
    error,
    result,
    subtraces,
    traceAddress,
    transactionHash: place.transactionHash === undefined ? null : bytesToHex(place.transactionHash),
    transactionPosition: place.transactionPosition ?? 0,
    type,
  }
}

const PARITY_ERRORS: ReadonlyMap<string, string> = new Map([
  ['contract creation code storage out of gas', 'Out of gas'],
  ['out of gas', 'Out of gas'],
  ['gas uint64 overflow', 'Out of gas'],
  ['max code size exceeded', 'Out of gas'],
  ['invalid jump destination', 'Bad jump destination'],
  [EXECUTION_REVERTED, 'Reverted'],
  ['return data out of bounds', 'Out of bounds'],
  ['stack limit reached 1024 (1023)', 'Out of stack'],
  ['precompiled failed', 'Built-in failed'],
  ['invalid input length', 'Built-in failed'],
])

const PARITY_ERROR_PREFIXES: readonly (readonly [string, string])[] = [
  ['out of gas:', 'Out of gas'],
  ['invalid opcode:', 'Bad instruction'],
  ['stack underflow', 'Stack underflow'],
]

/** Parity's words for an error, where it has some. */
function parityError(error: string): string {
  const known = PARITY_ERRORS.get(error)
  return known ?? PARITY_ERROR_PREFIXES.find(([prefix]) => error.startsWith(prefix))?.[1] ?? error
}
