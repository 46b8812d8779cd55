import { OPCODES } from '../../evm/index.ts'
import { bytesToHex, quantity } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import type { CallFrame } from './CallTracer.ts'
import { EXECUTION_REVERTED } from './frameError.ts'
import { isPrecompile } from './isPrecompile.ts'
import { CALL, isCreation, SELFDESTRUCT, STATICCALL } from './opcodes.ts'

/** One call of a transaction, in Parity's form. */
export type FlatTrace = {
  action: object
  error: string | undefined
  result: object | undefined
  subtraces: number
  traceAddress: number[]
  type: 'call' | 'create' | 'suicide'
}

export type FlatOptions = { convertParityErrors: boolean; includePrecompiles: boolean }

/** A tree of calls as a row, each with its place in the tree. */
export function flatTraces(root: CallFrame, options: FlatOptions, fork: Fork): FlatTrace[] {
  const keeps = (call: CallFrame): boolean => options.includePrecompiles || !isPrecompileCall(call, fork)
  return [...flatten(root, [], { keeps, convertErrors: options.convertParityErrors })]
}

function isPrecompileCall({ kind, to }: CallFrame, fork: Fork): boolean {
  return (kind === CALL || kind === STATICCALL) && to !== undefined && isPrecompile(to, fork)
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
    type: isCreation(frame.kind) ? 'create' : frame.kind === SELFDESTRUCT ? 'suicide' : 'call',
  }
  for (const [i, call] of calls.entries()) yield* flatten(call, [...traceAddress, i], options)
}

function actionOf(frame: CallFrame): object {
  const { kind, from, to, input, gas, value } = frame
  const amount = value === undefined ? undefined : quantity(value)
  if (kind === SELFDESTRUCT)
    return { address: bytesToHex(from), balance: amount, refundAddress: to && bytesToHex(to) }
  const name = OPCODES[kind]!.name.toLowerCase()
  const sender = { from: bytesToHex(from), gas: quantity(gas) }
  if (isCreation(frame.kind))
    return { creationMethod: name, ...sender, init: bytesToHex(input), value: amount }
  return { callType: name, ...sender, input: bytesToHex(input), to: to && bytesToHex(to), value: amount }
}

function resultOf(frame: CallFrame): object {
  const output = bytesToHex(frame.output)
  const gasUsed = quantity(frame.gasUsed)
  if (!isCreation(frame.kind)) return { gasUsed, output }
  return { address: frame.to && bytesToHex(frame.to), code: output, gasUsed }
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
