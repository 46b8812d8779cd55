import { type Call, eventually, type HttpRpc, type Json } from '../lib/index.ts'
import type { CounterContract } from './CounterContract.ts'

const QUERY_BATCH = 200
/** Block hash of a receipt while its block is open. */
const OPEN_BLOCK_HASH = 0n
/** Newest blocks whose chain of parents is followed. */
const LINKED_BLOCKS = 10
/** What a receipt says for good. Its block hash and its promise may still come. */
const FIXED_FIELDS = [
  ...['blockNumber', 'transactionIndex', 'status', 'gasUsed', 'cumulativeGasUsed', 'effectiveGasPrice'],
  ...['from', 'to', 'contractAddress', 'logsBloom'],
]

/** How much of what was told is asked for again. */
export type Extent = {
  /** Receipts and block hashes of so many, newest first, at most; Infinity: all. */
  newest: number
  /** And so many of the older ones, evenly spread. */
  older: number
}

/** Everything that clients have been told and may rely on, and the questions that find out whether it is so. */
export class Promises {
  /** Transaction hash → its receipt as it was answered. */
  readonly receipts = new Map<string, Json>()
  /** Hashes of transactions whose receipt said that they are durable. */
  readonly durable = new Set<string>()
  /** Block number → hash as it was announced. */
  readonly sealed = new Map<string, string>()
  /** Hashes of accepted transactions behind a nonce gap. */
  readonly queued = new Set<string>()
  /** The newest block that was called `finalized`. */
  finalized: { number: bigint; hash: string } | undefined
  /** Logs of the counter contract up to a block, counted before. */
  #counted = { logs: 0, blockNumber: -1n }

  tellReceipt(receipt: Json): void {
    if (receipt.promise === 'durable') this.durable.add(receipt.transactionHash)
    if (!this.receipts.has(receipt.transactionHash)) this.receipts.set(receipt.transactionHash, receipt)
  }

  tellFinalized({ number, hash }: Json): void {
    if (BigInt(number) > (this.finalized?.number ?? -1n)) this.finalized = { number: BigInt(number), hash }
    this.sealed.set(number, hash)
  }

  /** Asks a node for what was told. @throws PromiseBroken with what was lost or changed. */
  async check(rpc: HttpRpc, counter: CounterContract, extent: Extent): Promise<void> {
    await this.#checkReceipts(rpc, extent)
    await this.#checkBlocks(rpc, extent)
    for (const hash of this.queued) {
      const waiting = await rpc.call('eth_getTransactionByHash', [hash])
      if (!waiting) throw new PromiseBroken(`queued transaction ${hash}`, 'known', waiting)
    }
    await this.#checkCounter(rpc, counter, extent)
    await this.#checkLinks(rpc)
  }

  /** Asks a node whose history was made anew: the blocks that it has are those that were told. Gives their count. */
  async checkRebuilt(rpc: HttpRpc): Promise<number> {
    let found = 0
    for (const [number, hash] of chosen([...this.sealed], { newest: 500, older: 1 })) {
      const block = await rpc.call('eth_getBlockByNumber', [number, false])
      if (block === null) continue
      if (block.hash !== hash) throw new PromiseBroken(`block ${BigInt(number)} made anew`, hash, block.hash)
      found++
    }
    if (found === 0 && this.sealed.size > 0) throw new PromiseBroken('history made anew', 'blocks', 'none')
    return found
  }

  async #checkReceipts(rpc: HttpRpc, extent: Extent): Promise<void> {
    const hashes = chosen([...this.receipts.keys()], extent)
    for (let start = 0; start < hashes.length; start += QUERY_BATCH) {
      const part = hashes.slice(start, start + QUERY_BATCH)
      const answers = await rpc.results(part.map((hash): Call => ['eth_getTransactionReceipt', [hash]]))
      for (const [index, hash] of part.entries()) this.#compare(hash, answers[index])
    }
  }

  #compare(hash: string, now: Json): void {
    const told = this.receipts.get(hash)
    for (const key of FIXED_FIELDS) {
      if (told[key] !== now?.[key])
        throw new PromiseBroken(`${key} of transaction ${hash}`, told[key], now?.[key] ?? now)
    }
    if (told.logs.length !== now.logs.length)
      throw new PromiseBroken(`logs of transaction ${hash}`, told.logs.length, now.logs.length)
    if (BigInt(told.blockHash) !== OPEN_BLOCK_HASH && told.blockHash !== now.blockHash)
      throw new PromiseBroken(`block hash of transaction ${hash}`, told.blockHash, now.blockHash)
    if (this.durable.has(hash) && now.promise !== 'durable')
      throw new PromiseBroken(`promise of transaction ${hash}`, 'durable', now.promise)
  }

  async #checkBlocks(rpc: HttpRpc, extent: Extent): Promise<void> {
    const numbers = chosen([...this.sealed.keys()], extent)
    for (let start = 0; start < numbers.length; start += QUERY_BATCH) {
      const part = numbers.slice(start, start + QUERY_BATCH)
      const blocks = await rpc.results(part.map((number): Call => ['eth_getBlockByNumber', [number, false]]))
      for (const [index, number] of part.entries()) {
        const hash = this.sealed.get(number)
        if (blocks[index]?.hash !== hash)
          throw new PromiseBroken(`block ${BigInt(number)}`, hash, blocks[index]?.hash ?? blocks[index])
      }
    }
    const told = this.finalized
    const now = await rpc.call('eth_getBlockByNumber', ['finalized', false])
    if (told !== undefined && BigInt(now.number) < told.number)
      throw new PromiseBroken('the finalized block', `${told.number}`, `${BigInt(now.number)}`)
  }

  /** Logs of blocks that were counted in a whole check are not counted again in a short one. */
  async #checkCounter(rpc: HttpRpc, counter: CounterContract, { newest }: Extent): Promise<void> {
    const since = newest === Number.POSITIVE_INFINITY ? { logs: 0, blockNumber: -1n } : this.#counted
    const head = BigInt(await rpc.call('eth_blockNumber'))
    const stored = await counter.stored(rpc)
    const sealed = head - 2n
    const logs = since.logs + (await counter.logs(rpc, since.blockNumber + 1n, sealed))
    const open = await counter.newestLogs(rpc, sealed + 1n)
    if (stored !== BigInt(logs + open))
      throw new PromiseBroken('counter contract', `${logs + open} (logs)`, `${stored} (storage)`)
    this.#counted = { logs, blockNumber: sealed }
  }

  /** The newest blocks follow one another. */
  async #checkLinks(rpc: HttpRpc): Promise<void> {
    const head = BigInt(await rpc.call('eth_blockNumber'))
    for (let number = head - 1n; number > 0n && number > head - BigInt(LINKED_BLOCKS); number--) {
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

/** The newest, and some of the older ones. */
function chosen<T>(all: T[], { newest, older }: Extent): T[] {
  if (all.length <= newest) return all
  const old = all.slice(0, -newest)
  const step = Math.max(1, Math.floor(old.length / older))
  return [...old.filter((_, index) => index % step === 0), ...all.slice(-newest)]
}

/** Something that a client had been told is not so any more. */
export class PromiseBroken extends Error {
  override readonly name: string = 'PromiseBroken'

  constructor(what: string, told: unknown, now: unknown) {
    super(
      `${what} is not as it was told.\n  told before: ${JSON.stringify(told)}   now: ${JSON.stringify(now)}`,
    )
  }
}
