import { tracedEngineModule } from '../../kernels/index.ts'
import { assert } from '../../lib/index.ts'
import type { BlockEnv, Transaction } from '../../protocol/index.ts'
import type { CallObserver, CallOutcome, CallRequest } from '../CallRequest.ts'
import { Engine, type EngineOptions } from '../Engine.ts'
import type { Message, MessageOutcome, MessageRules } from '../message.ts'
import type { TransactionOutcome } from '../outcomes.ts'
import { TraceHost } from './TraceHost.ts'
import type { TracedMessage, Tracer } from './Tracer.ts'

/** A transaction with what its signatures say. */
export type SignedTransaction = {
  /** EIP-2718 envelope. */
  raw: Uint8Array
  transaction: Transaction
  sender: Uint8Array
  /** Per EIP-7702 authorization; undefined where it is void. */
  authorities: readonly (Uint8Array | undefined)[]
}

export type TracingOptions = Omit<EngineOptions, 'evm' | 'observedKernel' | 'sharing' | 'parallel'>

/**
 * An engine whose kernel tells what it does. It interprets everything. What a tracer or the check of time throws goes
 * through the kernel, whose state is undefined then: the engine must be reset.
 */
export class TracingEngine {
  readonly engine: Engine
  readonly #host: TraceHost
  #env: BlockEnv | undefined

  /** @param checkTime - called again and again while something is traced; may throw. */
  static async open(options: TracingOptions, checkTime: () => void = () => {}): Promise<TracingEngine> {
    return new TracingEngine(await tracedEngineModule(), options, checkTime)
  }

  private constructor(module: WebAssembly.Module, options: TracingOptions, checkTime: () => void) {
    this.#host = new TraceHost(checkTime)
    const observedKernel = { module, ...this.#host.hooks }
    this.engine = new Engine({ ...options, evm: 'interpreter', observedKernel })
    this.#host.attach(this.engine.kernel)
  }

  /** See {@link Engine.beginBlock}. */
  beginBlock(env: BlockEnv, blockHash: (number: bigint) => Uint8Array | undefined): void {
    this.#env = env
    this.engine.beginBlock(env, blockHash)
  }

  /** Like {@link Engine.executeTransaction}; one that is not valid leaves the tracer with nothing to tell. */
  executeTransaction(signed: SignedTransaction, tracer: Tracer): TransactionOutcome {
    const { raw, sender, authorities, transaction } = signed
    const { to, gasLimit } = transaction
    return this.#trace({ sender, to, gasLimit, authorities }, tracer, () =>
      this.engine.executeTransaction(raw, sender, authorities),
    )
  }

  /** Like {@link Engine.executeMessage}; one that is not valid leaves the tracer with nothing to tell. */
  executeMessage(message: Message, rules: MessageRules, tracer: Tracer): MessageOutcome {
    const { from: sender, to, gas: gasLimit } = message
    const authorities = message.authorizations.map(({ authority }) => authority)
    return this.#trace({ sender, to, gasLimit, authorities }, tracer, () =>
      this.engine.executeMessage(message, rules),
    )
  }

  /** Like {@link Engine.call}: keeps nothing. */
  call(request: CallRequest, tracer: Tracer): CallOutcome {
    return this.#observe(request, tracer, (observer) => this.engine.call(request, observer))
  }

  /** Like {@link Engine.perform}: the next call finds what this one has changed. */
  perform(request: CallRequest, tracer: Tracer): CallOutcome {
    return this.#observe(request, tracer, (observer) => this.engine.perform(request, observer))
  }

  #trace<Outcome extends TransactionOutcome | MessageOutcome>(
    message: TracedMessage,
    tracer: Tracer,
    execute: () => Outcome,
  ): Outcome {
    assert(this.#env !== undefined, 'a block is open')
    this.#host.start(tracer, { message, env: this.#env })
    try {
      const outcome = execute()
      if (outcome.kind === 'executed') tracer.end?.({ gasUsed: outcome.gasUsed })
      return outcome
    } finally {
      this.#host.stop()
    }
  }

  #observe(
    request: CallRequest,
    tracer: Tracer,
    execute: (observer: CallObserver) => CallOutcome,
  ): CallOutcome {
    assert(this.#env !== undefined, 'a block is open')
    const { from: sender, to, gas: gasLimit } = request
    const authorities = request.authorizations.map(({ authority }) => authority)
    const coinbase = request.blockOverrides?.feeRecipient ?? this.#env.coinbase
    const env = { fork: this.#env.fork, coinbase }
    try {
      return execute({
        begin: () => this.#host.start(tracer, { message: { sender, to, gasLimit, authorities }, env }),
        end: ({ status, gasUsed }) => {
          if (status !== 'invalid') tracer.end?.({ gasUsed })
        },
      })
    } finally {
      this.#host.stop()
    }
  }
}
