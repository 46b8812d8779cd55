import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Prng } from '../../src/lib/index.ts'
import {
  type Call,
  type Chain,
  delay,
  eventually,
  HttpRpc,
  type Json,
  startChain,
  WsRpc,
} from '../lib/index.ts'
import { CounterContract, Load } from './Load.ts'

const MINI_BLOCK_MS = 5
const BLOCK_MS = 150
const MIN_RUN_MS = 50
const MAX_RUN_MS = 1_500
const QUERY_BATCH = 200
/** Block hash of a receipt while its block is open. */
const OPEN_BLOCK_HASH = 0n

export type RoundReport = {
  killedAfterMs: number
  acknowledged: number
  sealedSeen: number
  startMs: number
  /** What the node printed about the log's end, if it cut something. */
  cut: string | undefined
}

/** What a client has been told and may rely on. */
export class Promises {
  /** Transaction hash → its receipt as it was answered. */
  readonly receipts = new Map<string, Json>()
  /** Block number → hash as it was announced. */
  readonly sealed = new Map<string, string>()
  /** Hashes of accepted transactions behind a nonce gap. */
  readonly queued = new Set<string>()
}

/**
 * One data folder, and one node after another on it: each is loaded with transactions, killed with SIGKILL at a random
 * moment, started again, and asked for everything that clients were told before.
 */
export class CrashRun {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'leveret-crash-'))
  readonly promises: Promises = new Promises()
  readonly #random: Prng
  #chain: Chain | undefined
  #counter: CounterContract | undefined

  constructor(random: Prng) {
    this.#random = random
  }

  /** Starts the first node and deploys the contract that the load calls. */
  async begin(): Promise<void> {
    this.#chain = await this.#start()
    const rpc = new HttpRpc(this.#chain.url)
    this.#counter = await CounterContract.deploy(rpc, this.promises)
    rpc.close()
  }

  /** Loads, kills, restarts and checks. Throws PromiseBroken with what was lost or changed. */
  async round(number: number): Promise<RoundReport> {
    const before = this.promises.receipts.size
    const sealedBefore = this.promises.sealed.size
    const killedAfterMs = await this.#loadAndKill(number)
    this.#chain = await this.#start()
    const rpc = new HttpRpc(this.#chain.url)
    try {
      await this.check(rpc)
    } finally {
      rpc.close()
    }
    return {
      killedAfterMs,
      acknowledged: this.promises.receipts.size - before,
      sealedSeen: this.promises.sealed.size - sealedBefore,
      startMs: this.#chain.startMs,
      cut: /^\s*recovered\s+(.*)$/m.exec(this.#chain.output)?.[1],
    }
  }

  /** Ends the last node as Ctrl-C does. */
  async stop(): Promise<void> {
    await this.#chain?.stop()
    this.#chain = undefined
  }

  /** Kills what still runs and removes the folder. */
  async remove(): Promise<void> {
    if (this.#chain?.running) await this.#chain.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Asks a node for everything that was promised. */
  async check(rpc: HttpRpc): Promise<void> {
    await this.#checkReceipts(rpc)
    for (const [number, hash] of this.promises.sealed) {
      const block = await rpc.call('eth_getBlockByNumber', [number, false])
      if (block?.hash !== hash) throw new PromiseBroken(`block ${BigInt(number)}`, hash, block?.hash ?? block)
    }
    for (const hash of this.promises.queued) {
      const waiting = await rpc.call('eth_getTransactionByHash', [hash])
      if (!waiting) throw new PromiseBroken(`queued transaction ${hash}`, 'known', waiting)
    }
    const [counted, logs] = await this.#counter!.read(rpc)
    if (counted !== logs)
      throw new PromiseBroken('counter contract', `${logs} (logs)`, `${counted} (storage)`)
    await this.#checkChain(rpc)
  }

  #start(): Promise<Chain> {
    return startChain({
      target: 'leveret',
      dataFolder: this.folder,
      miniBlockMs: MINI_BLOCK_MS,
      blockMs: BLOCK_MS,
    })
  }

  async #loadAndKill(number: number): Promise<number> {
    const chain = this.#chain!
    const heads = await WsRpc.open(chain.wsUrl)
    await heads.subscribe('newHeads', (head) => this.promises.sealed.set(head.number, head.hash))
    const load = await Load.start(chain, this.#counter!, this.promises, number)
    const runMs = MIN_RUN_MS + this.#random.nextInt(MAX_RUN_MS - MIN_RUN_MS)
    await delay(runMs)
    await chain.kill()
    await load.ended()
    heads.close()
    return runMs
  }

  async #checkReceipts(rpc: HttpRpc): Promise<void> {
    const hashes = [...this.promises.receipts.keys()]
    for (let start = 0; start < hashes.length; start += QUERY_BATCH) {
      const part = hashes.slice(start, start + QUERY_BATCH)
      const answers = await rpc.results(part.map((hash): Call => ['eth_getTransactionReceipt', [hash]]))
      for (const [index, hash] of part.entries()) this.#compare(hash, answers[index])
    }
  }

  #compare(hash: string, now: Json): void {
    const told = this.promises.receipts.get(hash)
    for (const key of [
      'blockNumber',
      'transactionIndex',
      'status',
      'gasUsed',
      'cumulativeGasUsed',
      'effectiveGasPrice',
    ]) {
      if (told[key] !== now?.[key])
        throw new PromiseBroken(`${key} of transaction ${hash}`, told[key], now?.[key] ?? now)
    }
    if (BigInt(told.blockHash) !== OPEN_BLOCK_HASH && told.blockHash !== now.blockHash) {
      throw new PromiseBroken(`block hash of transaction ${hash}`, told.blockHash, now.blockHash)
    }
  }

  /** The newest blocks follow one another. */
  async #checkChain(rpc: HttpRpc): Promise<void> {
    const head = BigInt(await rpc.call('eth_blockNumber'))
    for (let number = head - 1n; number > 0n && number > head - 10n; number--) {
      const [parent, child] = await eventually(`headers ${number} and ${number + 1n}`, async () => {
        const ids = [number, number + 1n].map((each) => `0x${each.toString(16)}`)
        const blocks = await rpc.results(ids.map((id): Call => ['eth_getBlockByNumber', [id, false]]))
        return blocks.every((block) => block?.hash) ? blocks : undefined
      })
      if (child.parentHash !== parent.hash)
        throw new PromiseBroken(`parent of block ${number + 1n}`, parent.hash, child.parentHash)
    }
  }
}

/** Something that a client had been told is not so any more. */
export class PromiseBroken extends Error {
  override readonly name: string = 'PromiseBroken'

  constructor(what: string, told: unknown, now: unknown) {
    super(
      `${what} changed over a crash.\n  told before: ${JSON.stringify(told)}   now: ${JSON.stringify(now)}`,
    )
  }
}
