import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  accounts,
  bytes,
  eventually,
  HttpRpc,
  hex,
  type Json,
  needsNode,
  signTransaction,
} from '../lib/index.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const READY_LIMIT_MS = 60_000

/** `leveret network` in a process of its own. */
class NetworkCommand {
  output = ''
  readonly folder = mkdtempSync(join(tmpdir(), 'leveret-network-'))
  readonly #child: ChildProcess

  constructor(...args: string[]) {
    const command = [join(ROOT, 'src/cli/main.ts'), 'network', '--data', this.folder, ...args]
    this.#child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
  }

  /** What it says, once it says it. */
  says(what: RegExp): Promise<RegExpExecArray> {
    return eventually(String(what), async () => what.exec(this.output) ?? undefined, READY_LIMIT_MS).catch(
      (error) => {
        throw new Error(`${error.message}\n${this.output}`)
      },
    )
  }

  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    this.#child.kill('SIGINT')
    return await new Promise((done) => this.#child.once('exit', done))
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

describe('leveret network', needsNode, () => {
  const network = new NetworkCommand('--block-ms', '300')
  after(() => network.remove())

  it('starts a sequencer, two replicas and a full node, which have the same a moment later', async () => {
    const [, url] = await network.says(/ready at (\S+)/)
    const rpc = new HttpRpc(url!)
    const members: Json[] = await rpc.call('leveret_network')
    assert.deepEqual(
      members.map(({ name, status }) => [name, status.role]),
      [
        ['sequencer', 'sequencer'],
        ['replica 1', 'replica'],
        ['replica 2', 'replica'],
        ['full node', 'fullNode'],
      ],
    )
    const raw = signTransaction(
      {
        ...{ type: 2, chainId: 31337n, nonce: 0n, gasLimit: 21_000n, maxFeePerGas: 10n ** 10n, value: 1n },
        to: bytes('0x00000000000000000000000000000000000cafe1'),
      },
      accounts[0]!.key,
    )
    // Through the one that is farthest away.
    const far = new HttpRpc(members[2].url)
    const receipt = await far.call('eth_sendRawTransactionSync', [hex(raw)])
    assert.equal(receipt.status, '0x1')
    for (const { url } of members) {
      const member = new HttpRpc(url)
      const block = await eventually('the block everywhere', async () => {
        const found = await member.call('eth_getBlockByNumber', [receipt.blockNumber, false])
        return found?.hash ? found : undefined
      })
      const { hash } = await eventually('the sequencer’s header', async () => {
        const found = await rpc.call('eth_getBlockByNumber', [receipt.blockNumber, false])
        return found?.hash ? found : undefined
      })
      assert.equal(block.hash, hash)
      member.close()
    }
    far.close()
    rpc.close()
  })

  it('ends all of them in order, and goes on where it stopped', async () => {
    assert.equal(await network.stop(), 0)
    assert.match(network.output, /Stopped/)
  })
})
