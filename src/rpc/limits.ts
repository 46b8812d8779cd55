import { DEFAULT_FORK, FORK_RULES } from '../protocol/index.ts'

/** Every limit of the JSON-RPC server and the few figures that it can't learn from the chain. */
export type RpcLimits = {
  /** Bytes of one request body or WebSocket message. */
  maxBodyBytes: number
  /** Requests in one batch. */
  maxBatchItems: number
  /** Characters of one answer, a batch counted as a whole. */
  maxAnswerBytes: number
  /** Characters of answers that are remembered because they never change again. */
  maxRememberedBytes: number
  /** Arrays and objects inside one another in a request. */
  maxJsonDepth: number
  /** Requests of one WebSocket connection that are under way; beyond, its socket isn't read. */
  maxRequestsInFlight: number
  /** Bytes that wait for a WebSocket reader; beyond, the connection is closed. */
  maxSendBufferBytes: number
  /** Unanswered transactions of one stream of POST /transactions; beyond, it isn't read. */
  maxStreamedTransactions: number
  /** Bytes of one transaction in such a stream; a longer one ends it. */
  maxTransactionBytes: number
  /** Subscriptions of one WebSocket connection. */
  maxSubscriptions: number
  /** Subscriptions that are told what they missed at a time; others wait. Each may hold an EVM block or two. */
  maxReplays: number
  /** Of these: bytes that wait for the reader, beyond which reading goes on only once they are gone. */
  replayBufferBytes: number
  /** How long a reader to whom is replayed may read nothing. */
  maxStallMs: number
  /** Blocks in the range of one eth_getLogs. */
  maxLogsBlockRange: bigint
  /** Logs in the answer of one eth_getLogs. */
  maxLogsResults: number
  /** Mini-blocks in the answer of one leveret_getMiniBlocks. */
  maxMiniBlocks: number
  /** Addresses, and topics at one position, of a log filter. */
  maxFilterItems: number
  /** Transaction hashes of one subscription of receipts. */
  maxFilterHashes: number
  /** Filters of all clients together. */
  maxFilters: number
  /** Blocks or transactions in one eth_getFilterChanges; the rest comes with the next. */
  maxFilterChanges: number
  /** A filter that isn't asked for so long is gone. */
  filterTimeoutMs: number
  /** Storage keys of one eth_getProof. */
  maxProofKeys: number
  /** Slots of one debug_storageRangeAt, and of all accounts of one debug_accountRange. */
  maxListedSlots: number
  /** Blocks of one eth_simulateV1, those between that it fills in included. */
  maxSimulatedBlocks: number
  /** Calls of one eth_callMany. */
  maxBundledCalls: number
  /** Blocks of one eth_feeHistory. */
  maxFeeHistoryBlocks: number
  /** Gas of one eth_call, and the most that eth_estimateGas tries. Beyond 150 million one may fill the EVM's memory. */
  callGasCap: bigint
  /** Most gas of one transaction (EIP-7825); undefined before Osaka. */
  transactionGasCap: bigint | undefined
  /** EIP-7966: how long a synchronous send waits unless told otherwise, and at most. */
  syncTimeoutMs: number
  maxSyncTimeoutMs: number
  /** How long eth_callAfter waits unless told otherwise, and at most. */
  callAfterTimeoutMs: number
  maxCallAfterTimeoutMs: number
  /** How long the requests of a message wait for the mini-block that they want to see. */
  minMiniBlockTimeoutMs: number
  /** How long the trace of one transaction may take unless told otherwise, and at most; a block's as a whole at most, too. */
  traceTimeoutMs: number
  maxTraceTimeoutMs: number
  /** Blocks of one trace_filter. */
  maxTraceFilterBlocks: bigint
  /** How long a search for an address's transactions may take. */
  searchTimeoutMs: number
  /** What eth_maxPriorityFeePerGas answers: wei per gas. */
  suggestedPriorityFeeWei: bigint
  /** Origins that browsers may call from; `*` means any. */
  corsOrigins: readonly string[]
  /** Host names that a request may be addressed to (IP addresses always may); `*` means any. */
  virtualHosts: readonly string[]
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
  maxBodyBytes: 5 * 1024 * 1024,
  maxBatchItems: 1_000,
  maxAnswerBytes: 25_000_000,
  maxRememberedBytes: 16 * 1024 * 1024,
  maxJsonDepth: 128,
  maxRequestsInFlight: 4_096,
  maxSendBufferBytes: 64 * 1024 * 1024,
  maxStreamedTransactions: 4_096,
  maxTransactionBytes: 128 * 1024,
  maxSubscriptions: 1_000,
  maxReplays: 16,
  replayBufferBytes: 1024 * 1024,
  maxStallMs: 30_000,
  maxLogsBlockRange: 1_000_000n,
  maxLogsResults: 30_000,
  maxMiniBlocks: 1_000,
  maxFilterItems: 1_000,
  maxFilterHashes: 200,
  maxFilters: 1_000,
  maxFilterChanges: 10_000,
  filterTimeoutMs: 300_000,
  maxProofKeys: 1_024,
  maxListedSlots: 4_096,
  maxSimulatedBlocks: 256,
  maxBundledCalls: 256,
  maxFeeHistoryBlocks: 1_024,
  callGasCap: 50_000_000n,
  transactionGasCap: FORK_RULES[DEFAULT_FORK].maxTransactionGas,
  syncTimeoutMs: 2_000,
  maxSyncTimeoutMs: 10_000,
  callAfterTimeoutMs: 3_000,
  maxCallAfterTimeoutMs: 60_000,
  minMiniBlockTimeoutMs: 2_000,
  traceTimeoutMs: 5_000,
  maxTraceTimeoutMs: 60_000,
  maxTraceFilterBlocks: 1_000n,
  searchTimeoutMs: 10_000,
  suggestedPriorityFeeWei: 1_000_000n,
  corsOrigins: ['*'],
  virtualHosts: ['*'],
}
