import type { Step } from './Step.ts'
import type { FrameEnd, FrameStart, TraceContext, TracedLog, TracedOutcome, Tracer } from './Tracer.ts'

/** Several tracers at once, by name (go-ethereum, eth/tracers/native/mux.go). */
export class MuxTracer implements Tracer {
  readonly opcodes: readonly number[]
  readonly #tracers: readonly (readonly [string, Tracer])[]
  readonly #watched: ReadonlyMap<Tracer, ReadonlySet<number>>
  /** Which have been told of the latest step. */
  #told: Tracer[] = []

  constructor(tracers: ReadonlyMap<string, Tracer>) {
    this.#tracers = [...tracers].sort(([a], [b]) => (a < b ? -1 : 1))
    this.#watched = new Map(this.#tracers.map(([, tracer]) => [tracer, new Set(tracer.opcodes)]))
    this.opcodes = [...new Set(this.#tracers.flatMap(([, { opcodes }]) => opcodes))]
  }

  begin(context: TraceContext): void {
    for (const [, tracer] of this.#tracers) tracer.begin?.(context)
  }

  enter(frame: FrameStart, depth: number): void {
    for (const [, tracer] of this.#tracers) tracer.enter?.(frame, depth)
  }

  exit(end: FrameEnd, depth: number): void {
    for (const [, tracer] of this.#tracers) tracer.exit?.(end, depth)
  }

  step(step: Step): void {
    this.#told = []
    for (const [tracer, watched] of this.#watched) {
      if (!watched.has(step.opcode)) continue
      this.#told.push(tracer)
      tracer.step?.(step)
    }
  }

  stepped(gasCost: bigint, error: string | undefined): void {
    for (const tracer of this.#told) tracer.stepped?.(gasCost, error)
  }

  log(log: TracedLog): void {
    for (const [, tracer] of this.#tracers) tracer.log?.(log)
  }

  end(outcome: TracedOutcome): void {
    for (const [, tracer] of this.#tracers) tracer.end?.(outcome)
  }

  result(): string {
    return `{${this.#tracers.map(([name, tracer]) => `${JSON.stringify(name)}:${tracer.result()}`).join(',')}}`
  }
}
