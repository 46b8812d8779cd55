import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { Tell } from '../events/index.ts'
import { startThread } from '../startThread.ts'
import type { PeeringStatus, PeeringToMain, PeeringWorkerData } from './messages.ts'

export type PeeringThreadOptions = Omit<PeeringWorkerData, 'feed' | 'signer'>

/** Longest that the thread is waited for when the node stops. */
const STOP_MS = 5000

/** The main thread's side of the thread that talks to peers. */
export class PeeringThread {
  readonly #options: PeeringThreadOptions
  /** For a PeerLink, in the thread that has the entries. */
  readonly port: MessagePort
  readonly #feed: MessagePort
  #worker: Worker | undefined
  #ended: Promise<void> = Promise.resolve()
  /** Multiaddresses under which peers reach this node; empty before the start. */
  addresses: readonly string[] = []
  #status: PeeringStatus = { peers: 0, banned: 0, served: 0, dropped: { entries: 0, head: 0 } }

  constructor(options: PeeringThreadOptions) {
    this.#options = options
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    this.#feed = port2
  }

  get worker(): Worker | undefined {
    return this.#worker
  }

  get status(): PeeringStatus {
    return this.#status
  }

  /**
   * Resolves once peers can connect.
   *
   * @param signer - address of the sequencer, 20 bytes.
   * @param tell - hears also why the thread has ended, when it has started and can't go on.
   * @throws what the thread throws where it can't start.
   */
  async start(signer: Uint8Array, tell: Tell): Promise<void> {
    const data: PeeringWorkerData = { ...this.#options, signer, feed: this.#feed }
    const worker = startThread('peering/peeringWorker', data, [this.#feed])
    this.#worker = worker
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()))
    this.addresses = await new Promise<readonly string[]>((resolve, reject) => {
      worker.once('error', reject)
      worker.on('message', (message: PeeringToMain) => {
        if (message.kind === 'status') this.#status = message.status
        if (message.kind === 'listening') resolve(message.addresses)
      })
    })
    worker.once('error', ({ message }: Error) => tell('peering_failed', { reason: message }))
    tell('peering_started', { addresses: this.addresses })
  }

  async close(): Promise<void> {
    if (this.#worker === undefined) return
    this.#worker.postMessage('stop')
    const timer = setTimeout(() => void this.#worker?.terminate(), STOP_MS)
    await this.#ended
    clearTimeout(timer)
  }
}
