import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpRpc } from '../../test/lib/index.ts'

const NODE = resolve(import.meta.dirname, 'networkNode.ts')

/** A node in a process of its own. */
export class NodeProcess {
  readonly url: string
  readonly feedUrl: string | undefined
  readonly #process: ChildProcess
  readonly #rpc: HttpRpc

  private constructor(process: ChildProcess, { url, feedUrl }: { url: string; feedUrl?: string }) {
    this.#process = process
    this.url = url
    this.feedUrl = feedUrl
    this.#rpc = new HttpRpc(url)
  }

  /** @param options - startNode's. Resolves when it answers. */
  static async start(options: object): Promise<NodeProcess> {
    const child = fork(NODE, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const [facts] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('a node did not start'))),
    ])
    return new NodeProcess(child, facts)
  }

  /** Its newest. */
  async miniBlock(): Promise<bigint> {
    const { miniBlock } = (await this.#rpc.call('leveret_nodeStatus', [])) as { miniBlock: string }
    return BigInt(miniBlock)
  }

  async reaches(miniBlock: bigint): Promise<void> {
    while ((await this.miniBlock()) < miniBlock) await sleep(5)
  }

  /** Resident bytes, their maximum so far, and processor time of all threads since its start. */
  async figures(): Promise<{ residentBytes: number; mostResidentBytes: number; processorMs: number }> {
    this.#process.send('figures')
    const [figures] = await once(this.#process, 'message')
    return figures
  }

  async stop(): Promise<void> {
    this.#rpc.close()
    if (this.#process.exitCode !== null) return
    this.#process.send('stop')
    await once(this.#process, 'exit')
  }
}
