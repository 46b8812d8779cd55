import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../src/node/testing/index.ts'

/** Why tests with NATS are skipped; undefined: it is installed. */
export const NO_NATS: string | undefined =
  spawnSync('nats-server', ['--version']).error === undefined
    ? undefined
    : 'nats-server is not installed (apt-get install nats-server)'

/** A NATS server with JetStream on a free port of this machine, in a folder of its own. */
export class NatsServer {
  readonly port: number
  readonly #folder: string
  #process: ChildProcess

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
    this.#process = this.#spawn()
  }

  static async start(): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), mkdtempSync(join(tmpdir(), 'leveret-nats-')))
    await server.#listening()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }

  /** As after a power cut: it starts again with what it has on disk. */
  async restart(): Promise<void> {
    await this.#end('SIGKILL')
    this.#process = this.#spawn()
    await this.#listening()
  }

  async close(): Promise<void> {
    await this.#end('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #spawn(): ChildProcess {
    const args = ['-js', '-a', '127.0.0.1', '-p', String(this.port), '-sd', this.#folder]
    return spawn('nats-server', args, { stdio: 'ignore' })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(this.#process, 'exit')
    if (this.#process.exitCode === null && this.#process.kill(signal)) await ended
  }

  async #listening(): Promise<void> {
    await until(`nats-server on port ${this.port}`, async () => {
      const socket = connect(this.port, '127.0.0.1')
      const isThere = await once(socket, 'connect').then(
        () => true,
        () => false,
      )
      socket.destroy()
      return isThere
    })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
