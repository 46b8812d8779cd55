import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { accounts, delay, freePort, HttpRpc } from '../../test/lib/index.ts'
import type { GenesisAccount } from './genesis.ts'

const CLIENTS = join(import.meta.dirname, '../../test/clients')
const PROGRAM = join(CLIENTS, 'node_modules/hardhat/dist/src/cli.js')
const READY_LIMIT_MS = 60_000

/** Whether the project in test/clients is installed, which has Hardhat. */
export function hardhatInstalled(): boolean {
  return existsSync(PROGRAM)
}

/** Hardhat's node with its defaults, what it prints thrown away. */
export class HardhatNode {
  readonly port: number
  readonly url: string
  readonly wsUrl: string
  readonly #child: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.wsUrl = `ws://127.0.0.1:${port}`
    this.#child = child
  }

  /** @param alloc - of a genesis, which its node can't be given: written with its own methods. */
  static async start(alloc: Record<string, GenesisAccount> = {}): Promise<HardhatNode> {
    const port = await freePort()
    const child = spawn(process.execPath, [PROGRAM, 'node', '--hostname', '127.0.0.1', '--port', `${port}`], {
      cwd: join(CLIENTS, 'hardhat'),
      // The project's config names another network with these; nothing connects to it.
      env: { ...process.env, CI: '1', RPC_URL: 'http://127.0.0.1', PRIVATE_KEY: accounts[1]!.privateKey },
      stdio: ['ignore', 'ignore', 2],
    })
    const node = new HardhatNode(port, child)
    try {
      await node.#untilReady()
      await node.#write(alloc)
      return node
    } catch (error) {
      await node.stop()
      throw error
    }
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await once(this.#child, 'exit')
  }

  async #untilReady(): Promise<void> {
    for (const end = performance.now() + READY_LIMIT_MS; performance.now() < end; await delay(50)) {
      if (this.#child.exitCode !== null) break
      const rpc = new HttpRpc(this.url)
      const answers = await rpc.call('eth_chainId').then(
        () => true,
        () => false,
      )
      rpc.close()
      if (answers) return
    }
    throw new Error(`hardhat's node gave no answer within ${READY_LIMIT_MS} ms`)
  }

  async #write(alloc: Record<string, GenesisAccount>): Promise<void> {
    const rpc = new HttpRpc(this.url)
    for (const [key, { balance, nonce, code, storage = {} }] of Object.entries(alloc)) {
      const address = `0x${key}`
      await rpc.call('hardhat_setBalance', [address, balance])
      if (nonce !== undefined) await rpc.call('hardhat_setNonce', [address, nonce])
      if (code !== undefined) await rpc.call('hardhat_setCode', [address, code])
      for (const [slot, value] of Object.entries(storage))
        await rpc.call('hardhat_setStorageAt', [address, slot, value])
    }
    rpc.close()
  }
}
