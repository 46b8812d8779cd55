import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { EvmTier } from '../../execution/index.ts'
import type { Tell } from '../events/index.ts'
import { startThread } from '../startThread.ts'
import { within } from '../within.ts'
import type { SpeculatorWorkerData } from './messages.ts'

/** A thread that has not ended by then waits for an engine that does not go on. */
const STOP_LIMIT_MS = 2000

/** Threads that execute transactions ahead of an engine, whose thread gets their ports ({@link SpeculatorPorts}). */
export class SpeculatorThreads {
  readonly ports: MessagePort[] = []
  readonly #ends: MessagePort[] = []
  readonly workers: Worker[] = []
  readonly #exits: Promise<unknown>[] = []

  constructor(count: number) {
    for (let i = 0; i < count; i++) {
      const { port1, port2 } = new MessageChannel()
      this.ports.push(port1)
      this.#ends.push(port2)
    }
  }

  /** What they were told before waits in their ports. */
  start(evm: EvmTier, tell: Tell = () => {}): void {
    for (const [index, engine] of this.#ends.splice(0).entries()) {
      const worker = startThread(
        'speculating/speculatorWorker',
        { engine, index, evm } satisfies SpeculatorWorkerData,
        [engine],
      )
      // The engine executes what they don't.
      worker.on('error', (error) => tell('speculator_failed', { reason: String(error) }))
      this.workers.push(worker)
      this.#exits.push(new Promise((resolve) => worker.once('exit', resolve)))
    }
  }

  /**
   * They end by themselves, between two transactions: one that is ended in native code takes the process along. Resolves
   * to how many had to be ended by force.
   */
  async close(): Promise<number> {
    for (const worker of this.workers) worker.postMessage('end')
    await within(STOP_LIMIT_MS, this.#exits)
    const exitCodes = await Promise.all(this.workers.map((worker) => worker.terminate()))
    for (const port of this.#ends) port.close()
    return exitCodes.filter((code) => code !== undefined).length
  }
}
