import { OPCODES } from '../../evm/index.ts'
import { assert, bytesToHex, EMPTY_BYTES, quantity } from '../../lib/index.ts'
import { revertReason } from '../../protocol/index.ts'
import { EXECUTION_REVERTED } from './frameError.ts'
import { isCreation } from './opcodes.ts'
import type { FrameEnd, FrameStart, TraceContext, TracedLog, TracedOutcome, Tracer } from './Tracer.ts'

export type CallTracerConfig = { onlyTopCall: boolean; withLog: boolean }

type CallLog = TracedLog & { index: number; position: number }

/** A frame with those that it has called. */
export type CallFrame = {
  kind: number
  from: Uint8Array
  /** Undefined for a creation that failed. */
  to: Uint8Array | undefined
  input: Uint8Array
  gas: bigint
  gasUsed: bigint
  value: bigint | undefined
  output: Uint8Array
  error: string | undefined
  calls: CallFrame[]
  logs: CallLog[]
}

/** The tree of calls, creations and self-destructions (go-ethereum, eth/tracers/native/call.go). */
export class CallTracer implements Tracer {
  readonly opcodes: readonly number[] = []
  readonly #config: CallTracerConfig
  /** Throws when the result would be too large. */
  readonly #checkSize: (characters: number) => void
  readonly #stack: CallFrame[] = []
  /** Logs of the block so far, before each open frame: what fails takes its own back. */
  readonly #logCounts: number[] = []
  #logCount: number
  #gasLimit = 0n
  #size = 0

  /** @param logsBefore - logs of the block before this transaction. */
  constructor(config: CallTracerConfig, logsBefore: number, checkSize: (characters: number) => void) {
    this.#config = config
    this.#logCount = logsBefore
    this.#checkSize = checkSize
  }

  /** The message's own frame, once it is executed. */
  get root(): CallFrame {
    const [root] = this.#stack
    assert(root !== undefined && this.#stack.length === 1, 'all frames but the first have ended')
    return root
  }

  /** The frame that has begun last of those that have not ended. */
  get current(): CallFrame {
    return this.#stack.at(-1)!
  }

  begin({ message }: TraceContext): void {
    this.#gasLimit = message.gasLimit
  }

  enter({ kind, from, to, input, gas, value }: FrameStart, depth: number): void {
    this.#logCounts.push(this.#logCount)
    if (this.#config.onlyTopCall && depth > 0) return
    this.#grow(2 * input.length)
    this.#stack.push({
      ...{ kind, from, to, input, value, gas: depth === 0 ? this.#gasLimit : gas },
      ...{ gasUsed: 0n, output: EMPTY_BYTES, error: undefined, calls: [], logs: [] },
    })
  }

  exit(end: FrameEnd, depth: number): void {
    const logCount = this.#logCounts.pop()!
    if (end.error !== undefined) this.#logCount = logCount
    if (this.#config.onlyTopCall && depth > 0) return
    const frame = this.#stack.at(-1)!
    frame.gasUsed = end.gasUsed
    frame.error = end.error
    if (end.error !== undefined && isCreation(frame.kind)) frame.to = undefined
    if (end.error === undefined || end.error === EXECUTION_REVERTED) frame.output = end.output
    this.#grow(2 * frame.output.length)
    if (depth === 0) return
    this.#stack.pop()
    this.#stack.at(-1)!.calls.push(frame)
  }

  log(log: TracedLog): void {
    const index = this.#logCount++
    if (!this.#config.withLog) return
    if (this.#config.onlyTopCall && this.#logCounts.length > 1) return
    const frame = this.#stack.at(-1)!
    this.#grow(2 * log.data.length + 80 * log.topics.length)
    frame.logs.push({ ...log, index, position: frame.calls.length })
  }

  end({ gasUsed }: TracedOutcome): void {
    this.root.gasUsed = gasUsed
    clearFailedLogs(this.root, false)
  }

  result(): string {
    return JSON.stringify(callJson(this.root))
  }

  #grow(characters: number): void {
    this.#size += characters + FRAME_CHARACTERS
    this.#checkSize(this.#size)
  }
}

/** About what a frame's or a log's JSON has beside its byte strings. */
const FRAME_CHARACTERS = 150

/** What failed has no logs, nor has what it called. */
function clearFailedLogs(frame: CallFrame, parentFailed: boolean): void {
  const failed = frame.error !== undefined || parentFailed
  if (failed) frame.logs = []
  for (const call of frame.calls) clearFailedLogs(call, failed)
}

function callJson(frame: CallFrame): object {
  const { kind, value, calls } = frame
  return {
    ...headJson(frame),
    calls: calls.length === 0 ? undefined : calls.map(callJson),
    logs: logsJson(frame),
    value: value === undefined ? undefined : quantity(value),
    type: OPCODES[kind]!.name,
  }
}

/** The members of a frame that every tracer of calls begins with. */
export function headJson({ from, to, input, gas, gasUsed, output, error }: CallFrame): object {
  const reason = error === EXECUTION_REVERTED ? revertReason(output) : undefined
  return {
    from: bytesToHex(from),
    gas: quantity(gas),
    gasUsed: quantity(gasUsed),
    to: to && bytesToHex(to),
    input: bytesToHex(input),
    output: output.length === 0 ? undefined : bytesToHex(output),
    error,
    revertReason: reason === '' ? undefined : reason,
  }
}

/** Undefined without any. */
export function logsJson({ logs }: CallFrame): object[] | undefined {
  return logs.length === 0 ? undefined : logs.map(logJson)
}

function logJson({ address, topics, data, index, position }: CallLog): object {
  return {
    address: bytesToHex(address),
    topics: topics.map(bytesToHex),
    data: bytesToHex(data),
    index: quantity(index),
    position: quantity(position),
  }
}
