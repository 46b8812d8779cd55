import { dirname } from 'node:path'
import { Engine } from '../../execution/index.ts'
import { LogOrder, type LogRecord, type OldAccount } from '../../feed/index.ts'
import type { FollowedChain, FollowedState } from '../../replica/index.ts'
import { listSnapshots } from '../../state/index.ts'
import type { WorkerSettings } from '../messages.ts'
import { replayLog } from '../replay.ts'
import { loadSnapshot, rangeBehind, tailOf } from '../startPoint.ts'

/** A state that takes in what the records say changes: nothing is executed. */
class AppliedState implements FollowedState {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  account(address: Uint8Array): OldAccount | undefined {
    return this.#engine.getAccount(address)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#engine.getStorage(address, key)
  }

  take(record: LogRecord): void {
    if (record.kind === 'chunk' || record.kind === 'rewind') this.#engine.applyDiff(record.diff)
  }
}

export type ReplicaChain = FollowedChain & {
  /** Of the newest mini-block, Unix µs; 0: there is none. */
  timestampUs: bigint
}

/** The chain of a replica's folder after so many records, from its newest snapshot on. */
export function openReplicaChain(
  { snapshot, logFolder, memoryMiB }: WorkerSettings,
  recordCount: bigint,
): ReplicaChain {
  const engine = new Engine({ ...(memoryMiB === undefined ? {} : { memoryMiB }), evm: 'interpreter' })
  // The one of the start may be gone since.
  const [newest] = listSnapshots(dirname(snapshot))
  const head = loadSnapshot(newest?.path ?? snapshot, (diff) => engine.applyDiff(diff))
  const tail = tailOf(head)
  const order = new LogOrder(tail.order)
  const state = new AppliedState(engine)
  let { number: miniBlockNumber, timestampUs } = tail.miniBlock
  for (const { record, payload } of replayLog(rangeBehind(head, { folder: logFolder, recordCount }))) {
    order.accept(record, payload)
    state.take(record)
    if (record.kind !== 'sealMiniBlock' && record.kind !== 'rewind') continue
    miniBlockNumber = record.number
    timestampUs = record.timestampUs
  }
  return { order, state, nextRecord: recordCount, miniBlockNumber, timestampUs }
}
