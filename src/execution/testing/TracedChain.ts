import { assert } from '../../lib/index.ts'
import { type BlockEnv, decodeTransaction } from '../../protocol/index.ts'
import { makeTracer, TracingEngine } from '../tracers/index.ts'
import { type Sending, TestChain } from './TestChain.ts'

/** A {@link TestChain} whose transactions are traced. */
export class TracedChain extends TestChain {
  readonly #tracing: TracingEngine

  static async open(env: Partial<BlockEnv> = {}): Promise<TracedChain> {
    return new TracedChain(await TracingEngine.open({ memoryMiB: 256 }), env)
  }

  private constructor(tracing: TracingEngine, env: Partial<BlockEnv>) {
    super(env, tracing.engine)
    this.#tracing = tracing
  }

  /** Executes a transaction and gives what the tracer says of it, parsed. */
  trace(
    sending: Sending,
    { name, config, maxCharacters = 1e7 }: { name?: string; config?: unknown; maxCharacters?: number } = {},
    // biome-ignore lint/suspicious/noExplicitAny: any tracer's result
  ): any {
    this.#tracing.beginBlock(this.env, (number) =>
      number < this.env.number ? new Uint8Array(32) : undefined,
    )
    const { raw, sender, authorities } = this.prepare(sending)
    const decoded = decodeTransaction(raw)
    assert(decoded.ok, 'what is prepared can be decoded')
    const checkSize = (characters: number): void => {
      if (characters > maxCharacters) throw new RangeError('too large')
    }
    const tracer = makeTracer({ name, config }, { place: {}, logsBefore: 0, checkSize })
    const signed = { raw, sender, authorities, transaction: decoded.transaction }
    const outcome = this.#tracing.executeTransaction(signed, tracer)
    assert(outcome.kind === 'executed', `the transaction was not executed: ${outcome.kind}`)
    return JSON.parse(tracer.result())
  }
}
