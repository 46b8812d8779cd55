import type { Worker } from 'node:worker_threads'
import { startThread } from '../startThread.ts'
import type { PeeringStatus, PeeringToMain, PeeringWorkerData } from './messages.ts'

/** Longest that the thread is waited for when the node stops. */
const STOP_MS = 5000

/** The main thread's side of the thread that talks to peers. */
export class PeeringThread {
  readonly #worker: Worker
  readonly #ended: Promise<void>
  /** Multiaddresses under which peers reach this node. */
  readonly addresses: readonly string[]
  #status: PeeringStatus = { peers: 0, banned: 0, served: 0 }

  private constructor(worker: Worker, addresses: readonly string[], onFailure: (error: Error) => void) {
    this.#worker = worker
    this.addresses = addresses
    this.#ended = new Promise((resolve) => {
      worker.once('exit', () => resolve())
      worker.once('error', (error: Error) => {
        onFailure(error)
        resolve()
      })
    })
    worker.on('message', (message: PeeringToMain) => {
      if (message.kind === 'status') this.#status = message.status
    })
  }

  /** Resolves once peers can connect. @throws what the thread throws, where it can't listen. */
  static async start(data: PeeringWorkerData, onFailure: (error: Error) => void): Promise<PeeringThread> {
    const worker = startThread('peering/peeringWorker', data, [data.feed])
    const addresses = await new Promise<string[]>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (message: PeeringToMain) => {
        worker.off('error', reject)
        if (message.kind === 'listening') resolve(message.addresses)
      })
    })
    return new PeeringThread(worker, addresses, onFailure)
  }

  get status(): PeeringStatus {
    return this.#status
  }

  async close(): Promise<void> {
    this.#worker.postMessage('stop')
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_MS)
    await this.#ended
    clearTimeout(timer)
  }
}
