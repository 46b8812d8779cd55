import { bytesToHex } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import { CallTracer } from './CallTracer.ts'
import { type FlatOptions, type FlatTrace, flatTraces } from './flatTraces.ts'
import type { FrameEnd, FrameStart, TraceContext, TracedOutcome, Tracer } from './Tracer.ts'

/** Where the transaction stands; what is undefined is null or left out. */
export type TransactionPlace = {
  blockHash?: Uint8Array | undefined
  blockNumber?: bigint | undefined
  transactionHash?: Uint8Array | undefined
  transactionPosition?: number | undefined
}

/** The calls in a row, each with its place in the tree, as Parity has them (go-ethereum, eth/tracers/native/call_flat.go). */
export class FlatCallTracer implements Tracer {
  readonly opcodes: readonly number[] = []
  readonly #config: FlatOptions
  readonly #place: TransactionPlace
  readonly #calls: CallTracer
  #fork: Fork = 'Osaka'

  constructor(config: FlatOptions, place: TransactionPlace, checkSize: (characters: number) => void) {
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

  result(): string {
    return JSON.stringify(
      flatTraces(this.#calls.root, this.#config, this.#fork).map((trace) => placedJson(trace, this.#place)),
    )
  }
}

/** A trace as geth writes it. */
function placedJson(trace: FlatTrace, place: TransactionPlace): object {
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
