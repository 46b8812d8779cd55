import { bytesToHex, fromBigInt, type Prng } from '../../lib/index.ts'
import { encodeStateDiff, type Log, splitStateDiff } from '../../protocol/index.ts'
import type { BlockHistory, LogQuery, SealedBlockRecord } from '../index.ts'
import { blockRecord, logsOf } from './blocks.ts'

export const address = (n: number): Uint8Array => fromBigInt(BigInt(n), 20)
export const word = (n: number): Uint8Array => fromBigInt(BigInt(n), 32)

/** What a log would have: what happened to the chain, in order. `undo`: an encoded StateDiff. */
export type ChainEvent =
  | { kind: 'block'; block: SealedBlockRecord; undo: Uint8Array }
  | { kind: 'rewind'; number: bigint; branch: bigint }

/** Follows as the view does: what history has followed already, or has given up since, is passed over. */
export function follow(history: BlockHistory, event: ChainEvent, branch: bigint): bigint {
  if (event.kind === 'rewind') {
    if (event.branch > history.branch) history.rewindTo(event.number, event.branch)
    return event.branch
  }
  if (branch === history.branch) {
    const undo = history.newReverseDiff()
    undo.add(splitStateDiff(event.undo))
    history.append(event.block, undo)
  }
  return branch
}

export function randomBlock(number: bigint, salt: number, random: Prng): ChainEvent {
  const logs = Array.from({ length: random.nextInt(12) }, () =>
    Array.from({ length: random.nextInt(3) }, (): Log => {
      const topics = Array.from({ length: random.nextInt(3) }, () => word(random.nextInt(4)))
      return { address: address(random.nextInt(4)), topics, data: fromBigInt(BigInt(salt), 4) }
    }),
  )
  const account = { address: address(random.nextInt(5)), deleted: false, nonce: BigInt(salt), balance: 1n }
  const undo = encodeStateDiff({
    accounts: [{ ...account, codeHash: word(random.nextInt(3)) }],
    slots: [{ address: address(1), key: word(random.nextInt(5)), value: word(salt) }],
    codes: [],
  })
  return { kind: 'block', block: blockRecord(number, logs, salt % 256), undo }
}

/** Matching logs as text, by a look at each that is given. */
export function logs(history: BlockHistory, query: LogQuery, from: bigint, to: bigint): string[] {
  const found: string[] = []
  for (const part of history.findLogs(query, from, to)) {
    for (const { hash, receipt } of part?.transactions ?? [])
      for (const log of logsOf(receipt))
        if (query.addresses.some((each) => bytesToHex(each) === bytesToHex(log.address)))
          found.push(`${part!.number} ${bytesToHex(hash)} ${bytesToHex(log.data)} ${log.topics.length}`)
  }
  return found
}

export function told(history: BlockHistory, blocks: readonly SealedBlockRecord[]): unknown {
  const of = blocks.map(({ number, hash, transactions }) => {
    const before = history.stateBefore(number)
    return [
      history.numberByHash(hash),
      history.blockByNumber(number) && bytesToHex(history.hashByNumber(number)!),
      [...transactions].map((each) => history.transactionLocation(each.hash)),
      before &&
        [0, 1, 2, 3, 4].map((i) => [before.account(address(i))?.nonce, before.slot(address(1), word(i))]),
      history.hasChangesOf(number),
    ]
  })
  return [history.headNumber, history.firstNumber, history.branch, of]
}
