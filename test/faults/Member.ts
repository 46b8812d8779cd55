import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { delay, HttpRpc } from '../lib/index.ts'
import type { Machine } from './Namespace.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const READY_LIMIT_MS = 180_000
const OUTPUT_LIMIT = 20_000
export const RPC_PORT = 8545
export const FEED_PORT = 8600

export type MemberOptions = {
  name: string
  machine: Machine
  /** Folder of all members. */
  folder: string
  /** How it is started, but for its folder and addresses. */
  args: readonly string[]
}

/** One process of the network, on a machine of its own, which is ended and started again on the same folder. */
export class Member {
  readonly name: string
  readonly url: string
  readonly machine: Machine
  readonly #options: MemberOptions
  #child: ChildProcess | undefined
  #output = ''
  /** It is meant to be ended. */
  #isEnding = false
  /** Why it ended by itself. */
  failure: string | undefined

  constructor(options: MemberOptions) {
    this.name = options.name
    this.machine = options.machine
    this.url = `http://${options.machine.address}:${RPC_PORT}`
    this.#options = options
  }

  get output(): string {
    return this.#output
  }

  /** Starts it, and does not wait for it. */
  start(): void {
    const { machine, folder, args } = this.#options
    const { address } = machine
    const command = machine.command([
      ...[process.execPath, join(ROOT, 'src/cli/main.ts'), ...args],
      ...['--data', join(folder, this.name.replaceAll(' ', '-')), '--log-format', 'json'],
      ...['--host', address, '--port', String(RPC_PORT), '--http-vhosts', '*'],
      ...['--feed-host', address, '--feed-port', String(FEED_PORT)],
    ])
    this.#isEnding = false
    const child = spawn(command[0]!, command.slice(1), { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_LIMIT)
      })
    child.once('exit', (code, signal) => {
      if (!this.#isEnding) this.failure = `${this.name} ended by itself (${signal ?? code})\n${this.#output}`
    })
  }

  /** Until it answers. */
  async ready(): Promise<void> {
    const end = performance.now() + READY_LIMIT_MS
    while (performance.now() < end && this.failure === undefined) {
      const rpc = new HttpRpc(this.url)
      try {
        await rpc.call('eth_chainId')
        return
      } catch {
        await delay(50)
      } finally {
        rpc.close()
      }
    }
    throw new Error(
      this.failure ?? `${this.name} gave no answer within ${READY_LIMIT_MS} ms\n${this.#output}`,
    )
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT')
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    this.#isEnding = true
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await exited
  }
}
