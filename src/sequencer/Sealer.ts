import type { CloseBlock, LogRecord, OpenBlock, SealHeader } from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { assert, EMPTY_BYTES } from '../lib/index.ts'
import {
  BLOOM_SIZE,
  decodeHeader,
  decodeReceipt,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeHeader,
  FORK_RULES,
  type Fork,
  type Header,
  mergeBloom,
  requestsHash,
} from '../protocol/index.ts'

/** Extra data of every block: who made it. */
export const EXTRA_DATA: Uint8Array = new TextEncoder().encode('leveret')

/** The committed state; above, a Merkle Patricia trie. */
export interface StateCommitment {
  /** @param diff - Encoded StateDiff. */
  apply(diff: Uint8Array): void
  root(): Uint8Array
  /** Root of the trie rlp(index) → value: transactions and receipts. */
  orderedRoot(values: Uint8Array[]): Uint8Array
}

type BlockBody = {
  open: OpenBlock
  close: CloseBlock | undefined
  transactions: Uint8Array[]
  receipts: Uint8Array[]
  diffs: Uint8Array[]
}

/**
 * Follows the log and turns each closed block into its Ethereum header. Pure: the records come from outside, the
 * header goes back there.
 *
 * A block's diffs are committed only when it is sealed, so that the state never runs ahead of the header. At most two
 * blocks are held: one closed and one open, since closing a block takes its parent's hash.
 */
export class Sealer {
  readonly #state: StateCommitment
  readonly #forkAt: (timestamp: bigint) => Fork
  #parentHash: Uint8Array
  #sealedNumber: bigint
  readonly #blocks: BlockBody[] = []

  constructor(
    state: StateCommitment,
    genesis: { number: bigint; hash: Uint8Array },
    forkAt: (timestamp: bigint) => Fork,
  ) {
    this.#state = state
    this.#forkAt = forkAt
    this.#parentHash = genesis.hash
    this.#sealedNumber = genesis.number
  }

  /** Number of the newest block whose header is known and whose diffs are committed. */
  get sealedNumber(): bigint {
    return this.#sealedNumber
  }

  /** Takes the next record. A header that is in the log already is taken over, not computed again. */
  follow(record: LogRecord): void {
    switch (record.kind) {
      case 'openBlock':
        this.#blocks.push({ open: record, close: undefined, transactions: [], receipts: [], diffs: [] })
        break
      case 'chunk': {
        const block = this.#blocks.at(-1)
        assert(block !== undefined && block.close === undefined, 'a chunk belongs to an open block')
        for (const { raw, receipt } of record.transactions) {
          block.transactions.push(raw)
          block.receipts.push(receipt)
        }
        block.diffs.push(record.diff)
        break
      }
      case 'closeBlock':
        this.#blocks.at(-1)!.close = record
        break
      case 'sealHeader':
        this.#adopt(record)
        break
      case 'sealMiniBlock':
        break
    }
  }

  /** Computes the header of the oldest closed block; undefined when every closed block has its header. */
  seal(): SealHeader | undefined {
    const block = this.#blocks[0]
    if (block?.close === undefined) return undefined
    for (const diff of block.diffs) this.#state.apply(diff)
    const header = encodeHeader(this.#header(block, block.close))
    this.#advance(block.open.number, keccak256(header))
    return { kind: 'sealHeader', number: block.open.number, header }
  }

  #header({ open, transactions, receipts }: BlockBody, close: CloseBlock): Header {
    return {
      parentHash: this.#parentHash,
      ommersHash: EMPTY_OMMERS_HASH,
      coinbase: open.coinbase,
      stateRoot: this.#state.root(),
      transactionsRoot: this.#state.orderedRoot(transactions),
      receiptsRoot: this.#state.orderedRoot(receipts),
      logsBloom: bloomOfReceipts(receipts),
      difficulty: 0n,
      number: open.number,
      gasLimit: open.gasLimit,
      gasUsed: close.gasUsed,
      timestamp: open.timestamp,
      extraData: EXTRA_DATA,
      prevRandao: open.prevRandao,
      nonce: new Uint8Array(8),
      baseFeePerGas: open.baseFeePerGas,
      // The chain has no validators to pay out: the list is always there and always empty.
      withdrawalsRoot: EMPTY_TRIE_ROOT,
      blobGasUsed: close.blobGasUsed,
      excessBlobGas: open.excessBlobGas,
      parentBeaconBlockRoot: open.parentBeaconBlockRoot,
      requestsHash: FORK_RULES[this.#forkAt(open.timestamp)].requests
        ? requestsHash(close.requests)
        : undefined,
    }
  }

  #adopt(record: SealHeader): void {
    // One that this sealer made itself comes back with the log.
    if (record.number <= this.#sealedNumber) return
    const block = this.#blocks[0]
    assert(
      block?.close !== undefined && record.number === block.open.number,
      'a header follows its closed block',
    )
    for (const diff of block.diffs) this.#state.apply(diff)
    this.#advance(record.number, keccak256(record.header))
  }

  /**
   * Compares the committed state with the newest header of the log.
   *
   * @returns Both roots when they differ: the log is damaged, or it was written with other rules.
   */
  checkStateRoot(header: Uint8Array): { expected: Uint8Array; computed: Uint8Array } | undefined {
    const decoded = decodeHeader(header)
    const expected = decoded.ok ? decoded.header.stateRoot : EMPTY_BYTES
    const computed = this.#state.root()
    return Buffer.compare(expected, computed) === 0 ? undefined : { expected, computed }
  }

  #advance(number: bigint, hash: Uint8Array): void {
    this.#sealedNumber = number
    this.#parentHash = hash
    this.#blocks.shift()
  }
}

function bloomOfReceipts(receipts: Uint8Array[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_SIZE)
  for (const encoded of receipts) {
    const decoded = decodeReceipt(encoded)
    assert(decoded.ok, 'the log holds receipts that the engine wrote')
    mergeBloom(bloom, decoded.receipt.bloom)
  }
  return bloom
}
