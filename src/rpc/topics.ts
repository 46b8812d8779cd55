import type { LogFilter } from './logFilter.ts'

/** What a client subscribes to. */
export type Topic =
  | { kind: 'newHeads' }
  | { kind: 'logs'; filter: LogFilter }
  | { kind: 'newPendingTransactions'; full: boolean }
  | { kind: 'miniBlocks' }
  /** Of transactions by hash in hex; undefined: of all. */
  | { kind: 'transactionReceipts'; hashes: ReadonlySet<string> | undefined }
  /** By address in hex; undefined: of all accounts. */
  | { kind: 'stateChanges'; addresses: ReadonlySet<string> | undefined }
