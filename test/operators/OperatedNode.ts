import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import { type FileFault, PLAN_VARIABLE } from '../crash/faultyFiles.ts'
import {
  accounts,
  bytes,
  type Chain,
  delay,
  eventually,
  freePort,
  HttpRpc,
  hex,
  signTransaction,
  startChain,
  unfundedAccount,
} from '../lib/index.ts'
import { Scrape } from './Scrape.ts'

const BLOCK_MS = 200
/** Transfers that a block has room for: one that can't close is full soon. */
const TRANSFERS_PER_BLOCK = 100
/** More transfers than fit into the blocks that may be closed or open while none is sealed. */
export const FILLING: number = 4 * TRANSFERS_PER_BLOCK
const TRANSFER_GAS = 21_000n
/** Of a batch of requests. */
const BATCH_LIMIT = 1000
/** How long metrics and health may take to say something: a node that is behind isn't ready after 5 s. */
const SCRAPE_LIMIT_MS = 60_000

/** A node of its own process as an operator has it: with metrics, a log in JSON, and a disk that may fail. */
export class OperatedNode {
  readonly metricsUrl: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'leveret-operators-'))
  #chain: Chain | undefined

  private constructor(metricsPort: number) {
    this.metricsUrl = `http://127.0.0.1:${metricsPort}`
    const gasLimit = `0x${(BigInt(TRANSFERS_PER_BLOCK) * TRANSFER_GAS).toString(16)}`
    const genesis = { ...JSON.parse(localGenesisJson()), gasLimit }
    writeFileSync(join(this.#folder, 'genesis.json'), JSON.stringify(genesis))
  }

  static async start(): Promise<OperatedNode> {
    const node = new OperatedNode(await freePort())
    await node.start()
    return node
  }

  get chain(): Chain {
    return this.#chain!
  }

  async start(): Promise<void> {
    const module = join(import.meta.dirname, '../crash/faultyFiles.ts')
    const metrics = ['--metrics-port', new URL(this.metricsUrl).port]
    this.#chain = await startChain({
      ...{ target: 'leveret', blockMs: BLOCK_MS, genesisFile: join(this.#folder, 'genesis.json') },
      ...{
        dataFolder: join(this.#folder, 'chain'),
        preload: { module, environment: { [PLAN_VARIABLE]: this.#plan } },
      },
      extraArguments: [...metrics, '--log-format', 'json', '--memory-mb', '384'],
    })
  }

  /** kill -9, and the end of its log as a crash in the middle of a write leaves it. */
  async crash(): Promise<void> {
    await this.chain.kill()
    const log = join(this.#folder, 'chain/log')
    const segments = readdirSync(log).filter((name) => name.endsWith('.log'))
    const newest = join(log, segments.sort().at(-1)!)
    truncateSync(newest, statSync(newest).size - 3)
  }

  async close(): Promise<void> {
    await this.#chain?.kill()
    rmSync(this.#folder, { recursive: true })
  }

  /** From now on, with the next sync of the log: `block` makes the sealer's thread stand still. Undefined: nothing fails. */
  failSync(action: FileFault['action'] | undefined): void {
    const fault = { call: 'fdatasync', path: String.raw`segment-\d+\.log`, action }
    if (action === undefined) {
      rmSync(this.#plan)
      return
    }
    // The node may read it at any moment: it has to be whole.
    writeFileSync(`${this.#plan}.new`, JSON.stringify([fault]))
    renameSync(`${this.#plan}.new`, this.#plan)
  }

  get #plan(): string {
    return join(this.#folder, 'plan.json')
  }

  /** Lines of the log of one event that have come whole. The node's output is nothing but JSON lines. */
  eventsOf(event: string): Record<string, unknown>[] {
    const lines = this.chain.output.split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line)).filter((line) => line.event === event)
  }

  /** Resolves once the log has a line of an event. */
  async whenTold(event: string): Promise<void> {
    await eventually(event, async () => (this.eventsOf(event).length > 0 ? true : undefined))
  }

  /** Resolves once the log has told of so many refused transactions; of more lines than it writes it tells the first. */
  async whenRefusalsTold(count: number): Promise<void> {
    await eventually(`${count} refusals`, async () => {
      const lines = this.eventsOf('overloaded')
      const told = lines.reduce((sum, { refused }) => sum + Number(refused), 0)
      assert.ok(told <= count)
      return told === count || lines.some((line) => 'suppressed' in line) || undefined
    })
  }

  /** What a health check answers on the port of the metrics. */
  async check(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(this.metricsUrl + path)
    return { status: response.status, text: await response.text() }
  }

  /** What /readyz says then. */
  whenNotReady(): Promise<string> {
    const ask = async () => {
      const { status, text } = await this.check('/readyz')
      return status === 503 ? text : delay(50)
    }
    return eventually('it is not ready', ask, SCRAPE_LIMIT_MS)
  }

  scrapeWhen(what: string, isSo: (scrape: Scrape) => boolean): Promise<Scrape> {
    const scrape = async () => {
      const now = await Scrape.of(this.metricsUrl)
      if (isSo(now)) return now
      return delay(50)
    }
    return eventually(what, scrape, SCRAPE_LIMIT_MS)
  }

  /** Transfers with nonces from `nonce` on; resolves once they are executed. */
  async send(nonce: number, count: number): Promise<void> {
    const rpc = new HttpRpc(this.chain.url)
    const raw = Array.from({ length: count }, (_, i) => transfer(nonce + i))
    await rpc.results(raw.map((each) => ['eth_sendRawTransaction', [each]]))
    rpc.close()
  }

  /**
   * {@link FILLING} transfers while none can be sealed, until some wait: the block that can't close is full then. They are
   * executed, and `sent` resolves, once it can.
   */
  async fill(nonce: number): Promise<{ sent: Promise<void> }> {
    const sent = this.send(nonce, FILLING)
    await this.scrapeWhen('the block is full', ({ value }) => {
      const mayNoneClose = value('leveret_sealing_lag_seconds') > 1
      return mayNoneClose && value('leveret_intake_transactions') > 0
    })
    return { sent }
  }

  /** The same transfer again and again; resolves once all are answered. */
  async sendCopies(nonce: number, count: number): Promise<void> {
    const rpc = new HttpRpc(this.chain.url, { connections: 64 })
    const raw = transfer(nonce)
    const batches: Promise<unknown>[] = []
    for (let left = count; left > 0; left -= BATCH_LIMIT) {
      const size = Math.min(BATCH_LIMIT, left)
      batches.push(rpc.batch(Array.from({ length: size }, () => ['eth_sendRawTransaction', [raw]])))
    }
    await Promise.all(batches)
    rpc.close()
  }
}

function transfer(nonce: number): string {
  const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n, gasLimit: TRANSFER_GAS }
  const fields = { chainId: 31337n, nonce: BigInt(nonce), to: bytes(unfundedAccount(1).address), value: 1n }
  return hex(signTransaction({ type: 2, ...fees, ...fields }, accounts[0]!.key))
}
