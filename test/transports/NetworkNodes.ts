import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { NodeOptions } from '../../src/node/index.ts'

const PROGRAM = join(import.meta.dirname, 'networkNode.ts')
/** Of what a node has logged: for who looks why a test fails. */
const LINE_LIMIT = 200

/** A node in a process of its own. */
export class NetworkNode {
  readonly #process: ChildProcess
  readonly url: string
  readonly peerAddress: string
  readonly lines: string[]

  constructor(child: ChildProcess, started: { url: string; peerAddresses: string[] }, lines: string[]) {
    this.#process = child
    this.url = started.url
    this.peerAddress = started.peerAddresses[0] ?? ''
    this.lines = lines
  }

  /** The result of a JSON-RPC request. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
  async call(method: string, params: unknown[] = []): Promise<any> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(this.url, { method: 'POST', headers, body })
    const { result, error } = (await response.json()) as { result: unknown; error?: { message: string } }
    if (error !== undefined) throw new Error(error.message)
    return result
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const exited = once(this.#process, 'exit')
    if (this.#process.exitCode === null && this.#process.signalCode === null && this.#process.kill(signal))
      await exited
  }
}

/** Nodes of one test, each with a folder of its own. */
export class NetworkNodes {
  readonly #folder = mkdtempSync(join(tmpdir(), 'leveret-network-'))
  readonly #nodes = new Map<string, NetworkNode>()

  async start(name: string, options: NodeOptions): Promise<NetworkNode> {
    const given = JSON.stringify({ options: { data: join(this.#folder, name), ...options } })
    const child = spawn(process.execPath, [PROGRAM, given], { stdio: ['ignore', 'pipe', 'pipe'] })
    const lines: string[] = []
    createInterface({ input: child.stderr! }).on('line', (line) => {
      lines.push(line)
      if (lines.length > LINE_LIMIT) lines.shift()
    })
    const [first] = await Promise.race([
      once(createInterface({ input: child.stdout! }), 'line'),
      once(child, 'exit').then(([code]) => assert.fail(`${name} ended (${code})\n${lines.join('\n')}`)),
    ])
    const node = new NetworkNode(child, JSON.parse(first as string), lines)
    this.#nodes.set(name, node)
    return node
  }

  /** What each has logged. */
  get lines(): string {
    return [...this.#nodes].map(([name, { lines }]) => `${name}:\n${lines.join('\n')}`).join('\n')
  }

  async close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.end()))
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
