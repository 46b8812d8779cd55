import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { EvmTier } from '../../execution/index.ts'
import type { SpeculatorWorkerData } from '../messages.ts'
import { startThread } from '../startThread.ts'

/** Threads that execute transactions ahead of an engine, whose thread gets their ports ({@link SpeculatorPorts}). */
export class SpeculatorThreads {
  readonly ports: MessagePort[] = []
  readonly #ends: MessagePort[] = []
  readonly #workers: Worker[] = []

  constructor(count: number) {
    for (let i = 0; i < count; i++) {
      const { port1, port2 } = new MessageChannel()
      this.ports.push(port1)
      this.#ends.push(port2)
    }
  }

  /** What they were told before waits in their ports. */
  start(evm: EvmTier): void {
    for (const [index, engine] of this.#ends.splice(0).entries()) {
      const worker = startThread(
        'speculating/speculatorWorker',
        { engine, index, evm } satisfies SpeculatorWorkerData,
        [engine],
      )
      worker.on('error', (error) => {
        // The engine executes what they don't.
        process.stderr.write(
          `A thread that executes ahead has failed: the others go on without it.\n  reason: ${error}\n  next: report it.\n`,
        )
      })
      this.#workers.push(worker)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
    for (const port of this.#ends) port.close()
  }
}
