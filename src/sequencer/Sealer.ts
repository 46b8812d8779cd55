import {
  type Chunk,
  type CloseBlock,
  endsOnAdopted,
  type LogRecord,
  newestAfter,
  type OpenBlock,
  type Rewind,
  type SealHeader,
} from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { assert, bytesToHex, copyOf, equalBytes } from '../lib/index.ts'
import {
  BLOOM_SIZE,
  decodeHeader,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type ExecutedTransactions,
  encodeHeader,
  FORK_RULES,
  type Fork,
  type Header,
  L2_TO_L1_MESSAGE_PASSER,
  requestsHash,
} from '../protocol/index.ts'

/** Extra data of every block: who made it. */
export const EXTRA_DATA: Uint8Array = new TextEncoder().encode('leveret')

/** The committed state; above, a Merkle Patricia trie. */
export interface StateCommitment {
  /** @param diff - Encoded StateDiff, on top of those before. */
  apply(diff: Uint8Array): void
  /** It has only what has changed since a fork: where changes are taken back, what they changed stays in it. */
  readonly isPartial?: boolean
  /** Root of what is applied. */
  root(): Uint8Array
  /** Root of an account's storage. */
  storageRoot(address: Uint8Array): Uint8Array
  /** What is applied is the state after this block. */
  keep(blockNumber: bigint): void
  /** Those after this block are given up. */
  forgetAfter(blockNumber: bigint): void
  /** A trie rlp(index) → value: transactions and receipts. */
  orderedTrie(): OrderedTrie
}

/** Takes its values in the order of their index. */
export interface OrderedTrie {
  /** Adds the raw bytes of transactions, which are not kept. */
  addRaws(transactions: ExecutedTransactions): void
  /** Adds the receipts of transactions, likewise, and their blooms to `bloom`. */
  addReceipts(transactions: ExecutedTransactions, bloom: Uint8Array): void
  /** Root of the values since the last call; then it is empty again. */
  root(): Uint8Array
}

export type SealerRules = {
  /** @param timestamp - Unix seconds. */
  forkAt(timestamp: bigint): Fork
  /** Whether headers are those of the OP Stack's Isthmus. */
  isIsthmusAt(timestamp: bigint): boolean
}

type BlockBody = {
  open: OpenBlock
  close: CloseBlock | undefined
  transactions: OrderedTrie
  receipts: OrderedTrie
  bloom: Uint8Array
  /** What is not committed yet. */
  diffs: Uint8Array[]
}

/**
 * Follows the log and turns each closed block into its Ethereum header. Pure: the records come from outside, the
 * header goes back there.
 *
 * Everything is taken in as it comes, so that little is left to do at a block's end. Only what belongs to a block whose
 * parent has no header yet waits, so that the state is the parent's when its root is asked for. At most two blocks are
 * held: one closed and one open, since closing a block takes its parent's hash.
 */
export class Sealer {
  readonly #state: StateCommitment
  readonly #rules: SealerRules
  #parentHash: Uint8Array
  #sealedNumber: bigint
  readonly #genesisHash: Uint8Array
  readonly #blocks: BlockBody[] = []
  /** Of sealed blocks, empty. */
  readonly #idleTries: OrderedTrie[] = []

  /** @param sealed - the block after which `state` is the state. */
  constructor(
    state: StateCommitment,
    sealed: { number: bigint; hash: Uint8Array; genesisHash: Uint8Array },
    rules: SealerRules,
  ) {
    this.#state = state
    this.#rules = rules
    this.#parentHash = sealed.hash
    this.#sealedNumber = sealed.number
    this.#genesisHash = sealed.genesisHash
  }

  /** Number of the newest block whose header is known. */
  get sealedNumber(): bigint {
    return this.#sealedNumber
  }

  /** Takes the next record; nothing of a chunk is kept. A header that is in the log already is taken over, not computed again. */
  follow(record: LogRecord): void {
    switch (record.kind) {
      case 'openBlock':
        this.#open(record)
        break
      case 'chunk':
        this.#addChunk(record)
        break
      case 'closeBlock':
        this.#blocks.at(-1)!.close = record
        break
      case 'sealHeader':
        this.#adopt(record)
        break
      case 'rewind':
        this.#rewind(record)
        break
      case 'sealMiniBlock':
        break
    }
  }

  #open(record: OpenBlock): void {
    const last = this.#blocks.at(-1)
    if (last?.open.number === record.number) {
      last.open = record
      return
    }
    this.#blocks.push({
      open: record,
      close: undefined,
      transactions: this.#idleTries.pop() ?? this.#state.orderedTrie(),
      receipts: this.#idleTries.pop() ?? this.#state.orderedTrie(),
      bloom: new Uint8Array(BLOOM_SIZE),
      diffs: [],
    })
  }

  #rewind(rewind: Rewind): void {
    const { header, diff } = rewind
    const blockNumber = newestAfter(rewind)
    const open = this.#blocks.pop()
    assert(this.#blocks.length === 0 && open?.close === undefined, 'every closed block has its header')
    if (open !== undefined) this.#retire(open)
    this.#state.apply(diff)
    if (!endsOnAdopted(rewind, this.#genesisHash) && this.#state.isPartial !== true) this.checkState(header)
    this.#state.forgetAfter(rewind.blockNumber)
    this.#state.keep(blockNumber)
    this.#sealedNumber = blockNumber
    this.#parentHash = keccak256(header)
  }

  /** The tries of a block are empty once their root was asked for. */
  #retire({ transactions, receipts }: BlockBody): void {
    transactions.root()
    receipts.root()
    this.#idleTries.push(transactions, receipts)
  }

  #addChunk(chunk: Chunk): void {
    const block = this.#blocks.at(-1)
    assert(block !== undefined && block.close === undefined, 'a chunk belongs to an open block')
    block.transactions.addRaws(chunk.transactions)
    block.receipts.addReceipts(chunk.transactions, block.bloom)
    if (block === this.#blocks[0]) this.#state.apply(chunk.diff)
    else block.diffs.push(copyOf(chunk.diff))
  }

  /** Computes the header of the oldest closed block; undefined when every closed block has its header. */
  seal(): SealHeader | undefined {
    const block = this.#blocks[0]
    if (block?.close === undefined) return undefined
    const header = encodeHeader(this.#header(block, block.close))
    this.#advance(block.open.number, keccak256(header))
    return { kind: 'sealHeader', number: block.open.number, header }
  }

  #header({ open, transactions, receipts, bloom }: BlockBody, close: CloseBlock): Header {
    const isIsthmus = this.#rules.isIsthmusAt(open.timestamp)
    return {
      parentHash: this.#parentHash,
      ommersHash: EMPTY_OMMERS_HASH,
      coinbase: open.coinbase,
      stateRoot: this.#state.root(),
      transactionsRoot: transactions.root(),
      receiptsRoot: receipts.root(),
      logsBloom: bloom,
      difficulty: 0n,
      number: open.number,
      gasLimit: open.gasLimit,
      gasUsed: close.gasUsed,
      timestamp: open.timestamp,
      extraData: EXTRA_DATA,
      prevRandao: open.prevRandao,
      nonce: new Uint8Array(8),
      baseFeePerGas: open.baseFeePerGas,
      // The chain has no validators to pay out: the list of withdrawals is always empty. Isthmus puts the root of the
      // withdrawals to L1 in its place.
      withdrawalsRoot: isIsthmus ? this.#state.storageRoot(L2_TO_L1_MESSAGE_PASSER) : EMPTY_TRIE_ROOT,
      blobGasUsed: close.blobGasUsed,
      excessBlobGas: open.excessBlobGas,
      parentBeaconBlockRoot: open.parentBeaconBlockRoot,
      requestsHash: FORK_RULES[this.#rules.forkAt(open.timestamp)].requests
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
    this.#check(record.header, block, block.close)
    this.#advance(record.number, keccak256(record.header))
  }

  /** The header must be the one that this sealer would have made. */
  #check(header: Uint8Array, block: BlockBody, close: CloseBlock): void {
    const expected = decoded(header)
    const made = this.#header(block, close)
    const { number } = expected
    for (const [what, root] of ROOTS)
      if (!equalBytes(expected[root], made[root]))
        throw new HeaderMismatchError(what, number, { expected: expected[root], computed: made[root] })
    const computed = encodeHeader(made)
    if (equalBytes(header, computed)) return
    const field = differingField(expected, made)
    if (field === undefined) throw new HeaderMismatchError('encoding', number, { expected: header, computed })
    throw new HeaderMismatchError(field, number, { expected: expected[field], computed: made[field] })
  }

  /** @throws HeaderMismatchError if the committed state is not the one that the header names. */
  checkState(header: Uint8Array): void {
    const { number, stateRoot: expected } = decoded(header)
    const computed = this.#state.root()
    if (!equalBytes(expected, computed))
      throw new HeaderMismatchError('state', number, { expected, computed })
  }

  #advance(number: bigint, hash: Uint8Array): void {
    this.#state.keep(number)
    this.#sealedNumber = number
    this.#parentHash = hash
    const sealed = this.#blocks.shift()!
    this.#idleTries.push(sealed.transactions, sealed.receipts)
    const next = this.#blocks[0]
    for (const diff of next?.diffs.splice(0) ?? []) this.#state.apply(diff)
  }
}

const ROOTS = [
  ['state', 'stateRoot'],
  ['transactions', 'transactionsRoot'],
  ['receipts', 'receiptsRoot'],
] as const

type HeaderField = keyof Header

/** The first, in the order of the header, that the two do not have alike. */
function differingField(one: Header, other: Header): HeaderField | undefined {
  const fields = Object.keys({ ...one, ...other }) as HeaderField[]
  return fields.find((field) => valueText(one[field]) !== valueText(other[field]))
}

function valueText(value: Header[HeaderField]): string {
  return value instanceof Uint8Array ? bytesToHex(value) : String(value ?? 'none')
}

function decoded(header: Uint8Array): Header {
  const result = decodeHeader(header)
  assert(result.ok, 'the log and snapshots hold headers that this program wrote')
  return result.header
}

/** State, transactions, receipts or another field that the log leads to are not those of a header: it can't be trusted. */
export class HeaderMismatchError extends Error {
  override readonly name = 'HeaderMismatchError'
  readonly recovery = 'stop'

  constructor(
    what: (typeof ROOTS)[number][0] | 'encoding' | HeaderField,
    blockNumber: bigint,
    { expected, computed }: Record<'expected' | 'computed', Header[HeaderField]>,
  ) {
    super(
      `The log leads to other ${what} than a block's header names.\n  block: ${blockNumber}   ` +
        `expected: ${valueText(expected)}   computed: ${valueText(computed)}\n` +
        '  next: restore the data folder from a backup, or start anew with --fresh.',
    )
  }
}
