import { dirname } from 'node:path'
import { Engine } from '../../execution/index.ts'
import { LogOrder } from '../../feed/index.ts'
import type { FollowedChain } from '../../replica/index.ts'
import { listSnapshots } from '../../state/index.ts'
import type { SignersAhead } from '../../verifier/index.ts'
import { loadChain } from '../chain.ts'
import type { WorkerSettings } from '../messages.ts'
import { replayLog } from '../replay.ts'
import { loadSnapshot, rangeBehind, tailOf } from '../startPoint.ts'
import { AppliedState } from './FollowedEngine.ts'
import type { FollowerThreadData } from './messages.ts'
import { VerifiedState } from './VerifiedState.ts'

export type ReplicaChain = FollowedChain & {
  /** Of the newest mini-block, Unix µs; 0: there is none. */
  timestampUs: bigint
}

/**
 * The chain of a followed node's folder after so many records, from its newest snapshot on.
 *
 * @param ahead - of a full node: whoever recovers signers before they are asked for.
 *
 * @throws RefutedError where the open block is executed again, and does not lead to what the log has.
 */
export function openReplicaChain(
  { snapshot, logFolder, memoryMiB, genesis, verify }: WorkerSettings & Pick<FollowerThreadData, 'verify'>,
  recordCount: bigint,
  ahead: SignersAhead | undefined,
): ReplicaChain {
  const evm = verify === undefined ? 'interpreter' : 'auto'
  const engine = new Engine({ ...(memoryMiB === undefined ? {} : { memoryMiB }), evm })
  // The one of the start may be gone since.
  const [newest] = listSnapshots(dirname(snapshot))
  const head = loadSnapshot(newest?.path ?? snapshot, (diff) => engine.applyDiff(diff))
  const tail = tailOf(head)
  const order = new LogOrder(tail.order)
  let { number: miniBlockNumber, timestampUs } = tail.miniBlock
  const state =
    verify === undefined || ahead === undefined
      ? new AppliedState(engine)
      : new VerifiedState({
          ...{ engine, schedule: loadChain(genesis).schedule, tail },
          ...{ isDev: verify.isDev, ahead },
        })
  for (const { record, payload } of replayLog(rangeBehind(head, { folder: logFolder, recordCount }))) {
    order.accept(record, payload)
    state.replay(record, payload)
    if (record.kind !== 'sealMiniBlock' && record.kind !== 'rewind') continue
    miniBlockNumber = record.number
    timestampUs = record.timestampUs
  }
  state.endReplay()
  return { order, state, nextRecord: recordCount, miniBlockNumber, timestampUs }
}
