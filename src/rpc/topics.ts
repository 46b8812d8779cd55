import type { LogFilter } from './logFilter.ts'

/** What a client subscribes to. */
export type Topic =
  | { kind: 'newHeads' }
  | { kind: 'logs'; filter: LogFilter }
  | { kind: 'newPendingTransactions'; full: boolean }
  | { kind: 'miniBlocks' }
  | { kind: 'syncing' }
  /** Of transactions by hash in hex; undefined: of all. */
  | { kind: 'transactionReceipts'; hashes: ReadonlySet<string> | undefined }
  /** By address in hex; undefined: of all accounts. */
  | { kind: 'stateChanges'; addresses: ReadonlySet<string> | undefined }

/** Topics whose notifications follow from the mini-blocks alone, so that they can be given again. */
export type ReplayedTopic = Exclude<Topic, { kind: 'newPendingTransactions' | 'syncing' }>

export function isReplayed(topic: Topic): topic is ReplayedTopic {
  return topic.kind !== 'newPendingTransactions' && topic.kind !== 'syncing'
}
