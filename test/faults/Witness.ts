import { delay, HttpRpc, type Json } from '../lib/index.ts'
import type { Member } from './Member.ts'

const LOOK_MS = 40
const RECEIPTS_A_LOOK = 10
/** Of one member: the oldest go. */
const KEPT = 200_000

/** What one member has told: each thing once, so that it can be held against the sequencer's later. */
export class Witness {
  readonly #member: Member
  /** Hashes of sealed blocks by number; receipts by hash of the transaction; both as they were told first. */
  readonly blocks = new Map<string, Json>()
  readonly receipts = new Map<string, Json>()
  /** It told something else of the same thing later. */
  readonly contradictions: string[] = []
  answers = 0

  constructor(member: Member) {
    this.#member = member
  }

  get name(): string {
    return this.#member.name
  }

  /** Asks until the signal; whoever is down says nothing. @param newest - hashes of transactions that may be there. */
  async run(newest: () => readonly string[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const rpc = new HttpRpc(this.#member.url)
      try {
        while (!signal.aborted) {
          await this.#look(rpc, newest())
          await delay(LOOK_MS, signal)
        }
      } catch {
        await delay(LOOK_MS, signal)
      } finally {
        rpc.close()
      }
    }
  }

  async #look(rpc: HttpRpc, newest: readonly string[]): Promise<void> {
    const block = await rpc.call('eth_getBlockByNumber', ['safe', false])
    if (block) this.#note(this.blocks, block.number, { hash: block.hash, stateRoot: block.stateRoot })
    for (const hash of newest.slice(-RECEIPTS_A_LOOK)) {
      const receipt = await rpc.call('eth_getTransactionReceipt', [hash])
      if (receipt) this.#note(this.receipts, hash, plainReceipt(receipt))
    }
    this.answers++
  }

  #note(told: Map<string, Json>, key: string, value: Json): void {
    const before = told.get(key)
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(value))
      this.contradictions.push(
        `${this.name}: ${key}\n  ${JSON.stringify(before)}\n  ${JSON.stringify(value)}`,
      )
    if (before === undefined && told.size < KEPT) told.set(key, value)
  }
}

/** Without what comes later: the block's hash, and how sure it is. */
export function plainReceipt(receipt: Json): Json {
  const { status, gasUsed, cumulativeGasUsed, logs, logsBloom, blockNumber, transactionIndex, from } = receipt
  const plain = logs.map(({ address, topics, data, logIndex }: Json) => ({ address, topics, data, logIndex }))
  return { status, gasUsed, cumulativeGasUsed, logsBloom, blockNumber, transactionIndex, from, logs: plain }
}
