import type { Header, Transaction } from '../protocol/index.ts'

export type ViewBlock = {
  number: bigint
  /** Undefined while the block is open or its root is not ready. */
  hash: Uint8Array | undefined
  parentHash: Uint8Array
  timestamp: bigint
  coinbase: Uint8Array
  gasLimit: bigint
  gasUsed: bigint
  baseFeePerGas: bigint
  prevRandao: Uint8Array
  extraData: Uint8Array
  logsBloom: Uint8Array
  /** Of an unsealed block: the newest sealed one's. */
  stateRoot: Uint8Array
  transactionsRoot: Uint8Array
  receiptsRoot: Uint8Array
  withdrawalsRoot: Uint8Array | undefined
  blobGasUsed: bigint | undefined
  excessBlobGas: bigint | undefined
  parentBeaconBlockRoot: Uint8Array | undefined
  requestsHash: Uint8Array | undefined
  /** As it is sealed; undefined until then. */
  header: Header | undefined
  /** Bytes of the RLP-encoded block; 0 while unsealed. */
  size: number
  transactions: ViewTransactions
}

/** Some transactions that follow one another in a block. */
export type ViewBlockPart = Pick<ViewBlock, 'number' | 'hash' | 'timestamp'> & {
  /** Index of the first. */
  firstIndex: number
  /** Logs in the block before them. */
  logsBefore: number
  transactions: Iterable<ViewTransaction>
}

/** In order; what `at` gives may be made anew each time. */
export type ViewTransactions = Iterable<ViewTransaction> & {
  readonly length: number
  at(index: number): ViewTransaction | undefined
  slice(first: number, end: number): Iterable<ViewTransaction>
}

export type ViewTransaction = {
  hash: Uint8Array
  sender: Uint8Array
  raw: Uint8Array
  /** EIP-2718 consensus receipt. */
  receipt: Uint8Array
}

export type ViewPooledTransaction = { hash: Uint8Array; sender: Uint8Array; raw: Uint8Array; tx: Transaction }

/**
 * What is promised of an executed transaction. `executed`: it is in the log, which the end of the process does not harm.
 * `durable`: the log is synced to disk up to its mini-block, so that the end of the machine does not either.
 */
export type TransactionPromise = 'executed' | 'durable'
