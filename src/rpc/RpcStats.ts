import { Histogram } from '../lib/index.ts'
import type { DropKind } from './Connection.ts'
import { METHODS } from './methods/index.ts'

/** Upper ends of the classes of request durations, in seconds: from reads to traces. */
const DURATION_BOUNDS_S: readonly number[] = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005],
  ...[0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
]

/** As the caller sees it; `internal_error` is our fault. */
export type RequestOutcome = 'ok' | 'error' | 'internal_error'

/** What came of the requests of one method. */
export class MethodStats {
  readonly seconds: Histogram = new Histogram(DURATION_BOUNDS_S)
  ok = 0
  error = 0
  internal_error = 0

  /** @param startMs - when it began, of `performance.now()`. */
  ended(outcome: RequestOutcome, startMs: number): void {
    this[outcome]++
    this.seconds.observe((performance.now() - startMs) / 1000)
  }
}

/**
 * What the server counts, in plain fields that somebody reads now and then: counting must cost a request next to nothing.
 */
export class RpcStats {
  /** Of every method by name. */
  readonly methods: ReadonlyMap<string, MethodStats> = new Map(
    Array.from(METHODS.keys(), (name) => [name, new MethodStats()]),
  )
  /** Of names that are no method's. */
  readonly unknown: MethodStats = new MethodStats()
  /** Errors that were answered, by code. */
  readonly errors: Map<number, number> = new Map()
  /** Open ones; what a reader has not read waits in its buffer. */
  readonly webSockets: Set<{ readonly bufferedAmount: number }> = new Set()
  /** Open streams of transactions in binary. */
  transactionStreams = 0
  readonly readersDropped: Record<DropKind, number> = { full: 0, stalled: 0, replay: 0 }
  /** Told of each, with what its client is told. */
  onReaderDropped: (kind: DropKind, reason: string) => void = () => {}

  answeredError(code: number): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  dropReader(kind: DropKind, reason: string): void {
    this.readersDropped[kind]++
    this.onReaderDropped(kind, reason)
  }
}
