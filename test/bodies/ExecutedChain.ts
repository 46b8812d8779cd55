import type { Ledger } from '../../bench/lib/Ledger.ts'
import type { Engine } from '../../src/execution/index.ts'
import {
  chunkDigest,
  encodeRecord,
  type LogRecord,
  miniBlockDigest,
  payloadOf,
} from '../../src/feed/index.ts'
import { fromBigInt, type Prng } from '../../src/lib/index.ts'
import { ExecutedTransactions, encodePrepared, type PreparedTransaction } from '../../src/protocol/index.ts'

const LIMITS = { transactions: 512, gas: 1n << 60n }
const START_US = 1_700_000_000_000_000n
/** As the ledger's open block has it. */
const COINBASE = fromBigInt(0xfeen, 20)
const BASE_FEE = 1_000_000_000n

/** The records that a sequencer would write of transactions that an engine executes, in one block. */
export class ExecutedChain {
  readonly ledger: Ledger
  readonly #random: Prng
  #number = 1n
  #index = 0
  #gasBefore = 0n
  #parentDigest: Uint8Array = new Uint8Array(32)
  #opening: LogRecord[] = [openBlock()]

  constructor(ledger: Ledger, random: Prng) {
    this.ledger = ledger
    this.#random = random
  }

  /**
   * A mini-block.
   *
   * @param sizes - of its chunks, in transactions.
   * @param next - gives the next transaction; one that isn't executed is left out.
   */
  miniBlock(sizes: readonly number[], next: () => PreparedTransaction): LogRecord[] {
    const { engine } = this.ledger
    const records = this.#opening
    this.#opening = []
    const digests: Uint8Array[] = []
    let transactionCount = 0
    for (const size of sizes) {
      const chunk = this.#chunk(engine, size, next)
      digests.push(chunkDigest(payloadOf(encodeRecord(chunk))))
      transactionCount += chunk.transactions.length
      records.push(chunk)
    }
    const seal = {
      ...{ kind: 'sealMiniBlock' as const, number: this.#number, epoch: 3n, blockNumber: 1n },
      timestampUs: START_US + this.#number * 10_000n + BigInt(this.#random.nextInt(300)),
      ...{ indexInBlock: Number(this.#number) - 1, transactionCount },
      gasUsed: engine.cumulativeGasUsed - this.#gasBefore,
      parentDigest: this.#parentDigest,
    }
    this.#parentDigest = miniBlockDigest(seal, digests)
    this.#gasBefore = engine.cumulativeGasUsed
    this.#number++
    return [...records, { ...seal, digest: this.#parentDigest }]
  }

  #chunk(engine: Engine, size: number, next: () => PreparedTransaction): LogRecord & { kind: 'chunk' } {
    for (let i = 0; i < size; i++) engine.executeBatch(encodePrepared([next()]), LIMITS)
    const { count, transactions: bytes } = engine.takeChunk()
    const first = this.#index
    this.#index += count
    return {
      ...{ kind: 'chunk', miniBlockNumber: this.#number, firstTransactionIndex: first },
      transactions: ExecutedTransactions.read(bytes.slice(), count)!,
      diff: engine.takeDiff().slice(),
    }
  }
}

/** The block, as it is opened, and may be opened again. */
export function openBlock(coinbase: Uint8Array = COINBASE): LogRecord {
  return {
    ...{ kind: 'openBlock', number: 1n, timestamp: 1_700_000_000n, coinbase, gasLimit: 1n << 62n },
    ...{ baseFeePerGas: BASE_FEE, prevRandao: new Uint8Array(32), excessBlobGas: 0n },
    parentBeaconBlockRoot: new Uint8Array(32),
  }
}
