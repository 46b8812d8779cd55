import type { LogRecord } from '../../feed/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, fromBigInt, type Prng } from '../../lib/index.ts'
import {
  type AccountChange,
  type ExecutedTransaction,
  ExecutedTransactions,
  encodeHeader,
  encodeReceipt,
  encodeStateDiff,
  type SlotChange,
  type StateDiff,
} from '../../protocol/index.ts'
import { StateTrie } from '../../trie/index.ts'
import type { Chain } from '../chain.ts'

const ADDRESSES = 12
const KEYS = 6

type Code = { hash: Uint8Array; code: Uint8Array }

/**
 * Records of a made-up chain: random diffs over a few accounts and slots, in chunks, mini-blocks and blocks as the
 * sequencer writes them, beside a trie that says what the state is. Transactions and headers hold nothing of sense.
 */
export class RandomChain {
  readonly records: LogRecord[] = []
  readonly #chain: Chain
  readonly #random: Prng
  readonly #pending: LogRecord[] = []
  readonly #codes = new Map<string, Uint8Array>()
  /** With at least one slot: they are never deleted, as in a chain since EIP-6780. */
  readonly #withStorage = new Set<string>()
  #trie: StateTrie = StateTrie.empty()
  #blockNumber = 0n
  /** No block was opened since the last rewind. */
  #isFresh = true
  /** Of the newest mini-block that was given. */
  #sealed = 0n
  /** Of the mini-block that is planned next. */
  #miniBlockNumber = 1n
  #transactionCount = 0
  #miniBlocksInBlock = 0

  /** @param chain - with an empty state. */
  constructor(chain: Chain, random: Prng) {
    this.#chain = chain
    this.#random = random
  }

  /** The next record; its diff is in the state then. */
  next(): LogRecord {
    if (this.#pending.length === 0) this.#plan()
    const record = this.#pending.shift()!
    if (record.kind === 'sealMiniBlock') this.#sealed = record.number
    if (record.kind === 'chunk') this.#trie = this.#trie.apply(record.diff)
    this.records.push(record)
    return record
  }

  /** Goes back: to be called between two records of which the next opens a block, or after a block's first mini-block. */
  rewind({ blockNumber, diff }: { blockNumber: bigint; diff: Uint8Array }): LogRecord {
    const { header } = this.#chain
    const timestamp = header.timestamp + blockNumber
    const rewind: LogRecord = {
      ...{ kind: 'rewind', number: ++this.#sealed, epoch: 0n, timestampUs: 0n, blockNumber },
      ...{ adoptedCount: 0, adopted: new Uint8Array(0), miniBlockCount: 0 },
      ...{ header: encodeHeader({ ...header, number: blockNumber, timestamp }) },
      ...{ hashes: new Uint8Array(32), diff, parentDigest: new Uint8Array(32), digest: new Uint8Array(32) },
    }
    this.#trie = this.#trie.apply(diff)
    this.#pending.length = 0
    this.#miniBlockNumber = this.#sealed + 1n
    this.#blockNumber = blockNumber
    this.#isFresh = true
    this.records.push(rewind)
    return rewind
  }

  /** After the records so far. */
  state(): { trie: StateTrie; codes: ReadonlyMap<string, Uint8Array> } {
    return { trie: this.#trie, codes: this.#codes }
  }

  address(): Uint8Array {
    return fromBigInt(BigInt(0xaa00 + this.#random.nextInt(ADDRESSES)), 20)
  }

  key(): Uint8Array {
    return fromBigInt(BigInt(this.#random.nextInt(KEYS)), 32)
  }

  /** Plans some records: the end of the open block, and the beginning of the next with the header of the one before. */
  #plan(): void {
    const { header } = this.#chain
    if (!this.#isFresh) this.#planEnd()
    const last = this.#isFresh ? 0n : this.#blockNumber
    this.#isFresh = false
    this.#blockNumber++
    this.#transactionCount = 0
    this.#miniBlocksInBlock = 0
    const number = this.#blockNumber
    const timestamp = header.timestamp + number
    this.#pending.push({
      ...{ kind: 'openBlock', number, timestamp, coinbase: header.coinbase, gasLimit: header.gasLimit },
      ...{ baseFeePerGas: 7n, prevRandao: header.prevRandao, excessBlobGas: 0n },
      parentBeaconBlockRoot: new Uint8Array(32),
    })
    // The protocol's own changes come before the parent's header, and with it.
    this.#planChunk(0)
    if (last > 0n) this.#pending.push(this.#sealHeader(last))
    for (let i = this.#random.nextInt(4); i > 0; i--) this.#planMiniBlock()
  }

  #planEnd(): void {
    this.#planMiniBlock()
    this.#pending.push({
      ...{ kind: 'closeBlock', number: this.#blockNumber, gasUsed: 0n, blobGasUsed: 0n, requests: [] },
    })
  }

  #planMiniBlock(): void {
    const before = this.#transactionCount
    for (let i = this.#random.nextInt(3); i >= 0; i--) this.#planChunk(this.#random.nextInt(4))
    this.#pending.push({
      ...{ kind: 'sealMiniBlock', number: this.#miniBlockNumber, epoch: 0n, timestampUs: 0n },
      ...{ blockNumber: this.#blockNumber, indexInBlock: this.#miniBlocksInBlock++, gasUsed: 0n },
      transactionCount: this.#transactionCount - before,
      ...{ parentDigest: new Uint8Array(32), digest: new Uint8Array(32) },
    })
    this.#miniBlockNumber++
  }

  #planChunk(transactionCount: number): void {
    this.#pending.push({
      kind: 'chunk',
      miniBlockNumber: this.#miniBlockNumber,
      firstTransactionIndex: this.#transactionCount,
      transactions: ExecutedTransactions.of(
        Array.from({ length: transactionCount }, () => this.#transaction()),
      ),
      diff: encodeStateDiff(this.#diff()),
    })
  }

  #transaction(): ExecutedTransaction {
    const raw = this.#random.nextBytes(40)
    const bloom = new Uint8Array(256)
    this.#transactionCount++
    const cumulativeGasUsed = BigInt(this.#transactionCount)
    const receipt = encodeReceipt({ type: 2, status: 1, cumulativeGasUsed, bloom, logs: [] })
    return { sender: raw.slice(0, 20), hash: keccak256(raw), raw, receipt }
  }

  #diff(): StateDiff {
    const accounts = new Map<string, AccountChange>()
    const slots = new Map<string, SlotChange>()
    const codes = new Map<string, Code>()
    for (let i = this.#random.nextInt(5); i > 0; i--) {
      const address = this.address()
      const name = bytesToHex(address)
      if (this.#random.nextInt(4) === 0 && !this.#withStorage.has(name)) {
        const nothing = { nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) }
        accounts.set(name, { address, deleted: true, ...nothing })
        continue
      }
      const code = this.#code()
      if (code.code.length > 0) codes.set(bytesToHex(code.hash), code)
      accounts.set(name, {
        ...{ address, deleted: false, codeHash: code.hash },
        nonce: BigInt(1 + this.#random.nextInt(1000)),
        balance: this.#random.nextBigInt(256),
      })
      for (let j = this.#random.nextInt(4); j > 0; j--) {
        const key = this.key()
        const value = fromBigInt(BigInt(this.#random.nextInt(3)), 32)
        slots.set(name + bytesToHex(key), { address, key, value })
        this.#withStorage.add(name)
      }
    }
    return { accounts: [...accounts.values()], slots: [...slots.values()], codes: [...codes.values()] }
  }

  #code(): Code {
    const length = this.#random.nextInt(4)
    const code = new Uint8Array(length).fill(this.#random.nextInt(3))
    const hash = keccak256(code)
    this.#codes.set(bytesToHex(hash), code)
    return { hash, code }
  }

  #sealHeader(number: bigint): LogRecord {
    const { header } = this.#chain
    const timestamp = header.timestamp + number
    return { kind: 'sealHeader', number, header: encodeHeader({ ...header, number, timestamp }) }
  }
}
