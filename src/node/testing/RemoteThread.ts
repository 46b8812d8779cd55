import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { startThread } from '../startThread.ts'
import type { RemoteProxy } from './RemoteProxy.ts'

/** What a test has a remote do from now on. */
export type RemoteCommand = Partial<Pick<RemoteProxy, 'failures' | 'isSilent'>>

/** `forkNumber`: the block that has both of the counter's first calls, with these hashes; one more comes after it. */
export type RemoteFacts = { url: string; hashes: string[]; forkNumber: bigint }

/** A remote for forks, on a thread of its own, so that it answers while this one stands still; see forkedContracts.ts. */
export class RemoteThread {
  readonly url: string
  readonly hashes: readonly string[]
  readonly forkNumber: bigint
  readonly #worker: Worker

  static async start(): Promise<RemoteThread> {
    const worker = startThread('testing/remoteWorker', {}, [])
    const [facts] = await once(worker, 'message')
    return new RemoteThread(worker, facts)
  }

  private constructor(worker: Worker, { url, hashes, forkNumber }: RemoteFacts) {
    this.url = url
    this.hashes = hashes
    this.forkNumber = forkNumber
    this.#worker = worker
  }

  /** Resolves to the methods that were asked for so far. */
  async tell(command: RemoteCommand = {}): Promise<string[]> {
    this.#worker.postMessage(command)
    const [asked] = await once(this.#worker, 'message')
    return asked
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
