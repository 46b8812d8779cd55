import { bytesToHex, equalBytes } from '../lib/index.ts'
import {
  BLOOM_SIZE,
  EMPTY_OMMERS_HASH,
  type ExecutedTransactions,
  type Header,
  requestsHash,
} from '../protocol/index.ts'
import { OrderedRootBuilder } from '../trie/index.ts'
import { FollowError, type FollowErrorCode } from './FollowError.ts'
import type { CloseBlock, OpenBlock } from './feed.ts'

/** What the stream has shown of one block, for its header to be compared with. */
export class BlockBody {
  #open: OpenBlock
  #close: CloseBlock | undefined
  readonly #transactions = new OrderedRootBuilder()
  readonly #receipts = new OrderedRootBuilder()
  readonly #bloom = new Uint8Array(BLOOM_SIZE)
  transactionCount = 0
  miniBlockCount = 0

  constructor(open: OpenBlock) {
    this.#open = open
  }

  get number(): bigint {
    return this.#open.number
  }

  /** Opens it again with other fields, as long as it has no transactions. */
  reopen(open: OpenBlock): void {
    this.#open = open
  }

  add(transactions: ExecutedTransactions): void {
    this.#transactions.addRaws(transactions)
    this.#receipts.addReceipts(transactions, this.#bloom)
    this.transactionCount += transactions.length
  }

  close(close: CloseBlock): void {
    this.#close = close
  }

  /** Throws FollowError where the header is not of this block; the body is of no use afterwards. */
  checkHeader(header: Header): void {
    for (const [name, expected] of Object.entries(this.#expectedFields(header)))
      compare('HEADER_FIELD', name, { expected, received: header[name as keyof Header] })
    const roots = [
      ['TRANSACTIONS_ROOT', 'transactionsRoot', this.#transactions.root()],
      ['RECEIPTS_ROOT', 'receiptsRoot', this.#receipts.root()],
      ['LOGS_BLOOM', 'logsBloom', this.#bloom],
    ] as const
    for (const [code, name, expected] of roots) compare(code, name, { expected, received: header[name] })
  }

  /** All that is known of a header without the state. */
  #expectedFields({ requestsHash: hash }: Header): Partial<Header> {
    const { kind: _, ...opened } = this.#open
    const { gasUsed, blobGasUsed, requests } = this.#close!
    return {
      ...opened,
      ...{ gasUsed, blobGasUsed, difficulty: 0n, nonce: new Uint8Array(8), ommersHash: EMPTY_OMMERS_HASH },
      // Chains before Prague have none.
      requestsHash: hash && requestsHash(requests),
    }
  }
}

type Field = Uint8Array | bigint | undefined

function compare(
  code: FollowErrorCode,
  name: string,
  { expected, received }: { expected: Field; received: Field },
): void {
  const isSame =
    expected instanceof Uint8Array && received instanceof Uint8Array
      ? equalBytes(expected, received)
      : expected === received
  if (isSame) return
  throw new FollowError(code, `A header has the ${name} ${shown(received)}, its block ${shown(expected)}`)
}

function shown(field: Field): string {
  return field instanceof Uint8Array ? bytesToHex(field) : String(field)
}
