import type { Hex } from '../lib/hex.ts'

/** JSON of the node's answers, as docs/rpc.md describes it; only what the page reads. */

export type RpcHeader = {
  number: Hex
  /** null while the block is open. */
  hash: Hex | null
  parentHash: Hex
  timestamp: Hex
  miner: Hex
  gasLimit: Hex
  gasUsed: Hex
  baseFeePerGas: Hex
  stateRoot: Hex
  receiptsRoot: Hex
}

export type RpcBlock = RpcHeader & {
  size: Hex
  /** Hashes. */
  transactions: Hex[]
}

export type RpcTransaction = {
  hash: Hex
  type: Hex
  from: Hex
  to: Hex | null
  nonce: Hex
  value: Hex
  gas: Hex
  gasPrice: Hex
  input: Hex
  blockNumber: Hex | null
  /** Of type 4. */
  authorizationList?: RpcAuthorization[]
}

/** EIP-7702. */
export type RpcAuthorization = {
  address: Hex
  chainId: Hex
  nonce: Hex
  yParity: Hex
  r: Hex
  s: Hex
}

export type RpcLog = {
  address: Hex
  topics: Hex[]
  data: Hex
  transactionHash: Hex
  logIndex: Hex
}

export type RpcReceipt = {
  transactionHash: Hex
  transactionIndex: Hex
  status: Hex
  blockNumber: Hex
  contractAddress: Hex | null
  gasUsed: Hex
  effectiveGasPrice: Hex
  logs: RpcLog[]
  promise?: string
  miniBlock?: Hex
}

export type RpcMiniBlock = {
  mini_block_number: Hex
  /** Microseconds. */
  mini_block_timestamp: Hex
  block_number: Hex
  index: Hex
  gas_used: Hex
  digest: Hex
  parent_digest: Hex
  transactions: RpcTransaction[]
  receipts: RpcReceipt[]
  /** If it was asked for: one for each chunk of transactions that were executed together. */
  state_changes?: { transactionCount: Hex; accounts: RpcAccountChange[] }[]
}

/** What an account has after a chunk, of what has changed. */
export type RpcAccountChange = {
  address: Hex
  nonce?: number
  balance?: Hex
  storage?: Record<string, Hex>
  deleted?: boolean
}

/** A call of `callTracer`. */
export type RpcCall = {
  type: string
  from: Hex
  to?: Hex
  value?: Hex
  gas: Hex
  gasUsed: Hex
  input: Hex
  output?: Hex
  error?: string
  revertReason?: string
  calls?: RpcCall[]
  /** `position`: calls before it. */
  logs?: { address: Hex; topics: Hex[]; data: Hex; position?: Hex }[]
}

/** An account of `prestateTracer`. */
export type RpcPrestate = {
  balance?: Hex
  nonce?: number
  code?: Hex
  storage?: Record<string, Hex>
}

/** Of `prestateTracer` in `diffMode`. */
export type RpcStateDiff = { pre: Record<string, RpcPrestate>; post: Record<string, RpcPrestate> }

/** As leveret_nodeStatus answers. */
export type RpcNodeStatus = {
  role: string
  miniBlock: Hex
  /** null of a sequencer. */
  following: {
    /** Whom it follows; null: nobody. */
    source: string | null
    sources: { name: string; state: string; code: string | null; reason: string | null }[]
    /** Address that signs the chain. */
    sequencer: Hex
    lagMiniBlocks: Hex
    lagMs: number
    bytesPerSecond: number
  } | null
}
