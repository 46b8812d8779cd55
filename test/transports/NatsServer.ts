import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../src/node/testing/index.ts'

/** Why tests with NATS are skipped; undefined: it is installed. */
export const NO_NATS: string | undefined =
  spawnSync('nats-server', ['--version']).error === undefined
    ? undefined
    : 'nats-server is not installed (apt-get install nats-server)'

const LISTENING = /Listening for client connections on 127\.0\.0\.1:(\d+)/
const ANY_PORT = -1

/** A NATS server with JetStream on a free port of this machine, in a folder of its own. */
export class NatsServer {
  readonly #folder: string
  readonly #log: string
  #process: ChildProcess
  #port = ANY_PORT

  private constructor(folder: string) {
    this.#folder = folder
    this.#log = join(folder, 'server.log')
    this.#process = this.#spawn()
  }

  static async start(): Promise<NatsServer> {
    const server = new NatsServer(mkdtempSync(join(tmpdir(), 'leveret-nats-')))
    await server.#listening()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`
  }

  /** As after a power cut: it starts again with what it has on disk. */
  async restart(): Promise<void> {
    await this.#end('SIGKILL')
    this.#process = this.#spawn()
    await this.#listening()
  }

  /** Fails with the server's last words if it has ended before. */
  async close(): Promise<void> {
    const isRunning = this.#isRunning
    await this.#end('SIGTERM')
    const log = readFileSync(this.#log, 'utf8')
    rmSync(this.#folder, { recursive: true, force: true })
    assert.ok(isRunning, `nats-server ended by itself:\n${log}`)
  }

  get #isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  #spawn(): ChildProcess {
    const args = ['-js', '-a', '127.0.0.1', '-p', String(this.#port), '-sd', join(this.#folder, 'data')]
    const log = openSync(this.#log, 'w')
    const server = spawn('nats-server', args, { stdio: ['ignore', log, log] })
    closeSync(log)
    return server
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(this.#process, 'exit')
    if (this.#isRunning && this.#process.kill(signal)) await ended
  }

  async #listening(): Promise<void> {
    await until('nats-server that listens', () => {
      const log = readFileSync(this.#log, 'utf8')
      assert.ok(this.#isRunning, log)
      const port = LISTENING.exec(log)?.[1]
      if (port !== undefined) this.#port = Number(port)
      return port !== undefined
    })
  }
}
