import { parseBlockOverrides, parseStateOverrides } from './callParams.ts'
import { isObject, jsonKind, mismatch, ParamError, type Parser, parseIndex } from './params.ts'
import type { BlockOverrides, StateOverride } from './ViewCall.ts'

/** How a trace is made (go-ethereum, tracers.TraceConfig): options of struct logs stand beside the tracer's name. */
export type TraceConfig = {
  tracer: { name: string | undefined; config: unknown }
  timeoutMs: number | undefined
}

export type TraceCallConfig = TraceConfig & {
  stateOverrides: StateOverride[]
  blockOverrides: BlockOverrides
  /** The call comes before this transaction of the block. */
  txIndex: number | undefined
}

export const NO_TRACE_CONFIG: TraceCallConfig = {
  tracer: { name: undefined, config: undefined },
  ...{ timeoutMs: undefined, stateOverrides: [], blockOverrides: {}, txIndex: undefined },
}

export const parseTraceConfig: Parser<TraceConfig> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'tracers.TraceConfig')
  const { tracer, tracerConfig, timeout } = value
  if (tracer != null && typeof tracer !== 'string')
    throw mismatch(jsonKind(tracer), 'string', 'TraceConfig.tracer')
  if (timeout != null && typeof timeout !== 'string')
    throw mismatch(jsonKind(timeout), 'string', 'TraceConfig.timeout')
  const name = tracer == null || tracer === '' ? undefined : tracer
  return {
    tracer: { name, config: name === undefined ? value : tracerConfig },
    timeoutMs: timeout == null ? undefined : durationMs(timeout),
  }
}

export const parseTraceCallConfig: Parser<TraceCallConfig> = (value) => {
  const config = parseTraceConfig(value)
  const { stateOverrides, blockOverrides, txIndex } = value as Record<string, unknown>
  return {
    ...config,
    stateOverrides: stateOverrides == null ? [] : parseStateOverrides(stateOverrides),
    blockOverrides: blockOverrides == null ? {} : parseBlockOverrides(blockOverrides),
    txIndex: txIndex == null ? undefined : parseIndex(txIndex, 'TraceCallConfig.txIndex'),
  }
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
}
const DURATION = /^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/
const PART = /(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g

/** Go's durations: `5s`, `1m30s`, `300ms`. */
function durationMs(text: string): number {
  if (!DURATION.test(text)) throw new ParamError(`time: invalid duration ${JSON.stringify(text)}`)
  let sum = 0
  for (const [, number, unit] of text.matchAll(PART)) sum += Number(number) * UNIT_MS[unit!]!
  return sum
}
