import { hexData, hexQuantity } from './format.ts'
import type { LogPage } from './LogPage.ts'
import type { LogFilter } from './logFilter.ts'
import type { RemoteView } from './RemoteView.ts'
import type { LogPosition } from './searchLogs.ts'

type Range = { from: bigint; to: bigint; cursor: LogPosition | undefined }

/**
 * Puts the remote's logs of its blocks `from` to `to` on a page, from the cursor on; gives where the next page begins,
 * undefined if this one has all.
 */
export async function addRemoteLogs(
  remote: RemoteView,
  { addresses, topics }: LogFilter,
  { from, to, cursor }: Range,
  page: LogPage,
): Promise<LogPosition | undefined> {
  const first = cursor === undefined || cursor.block < from ? from : cursor.block
  if (first > to) return undefined
  const filter = {
    fromBlock: hexQuantity(first),
    toBlock: hexQuantity(to),
    ...(addresses.length === 0 ? {} : { address: addresses.map(hexData) }),
    topics: topics.map((position) => (position.length === 0 ? null : position.map(hexData))),
  }
  const logs = JSON.parse(await remote.request('eth_getLogs', [filter])) as RemoteLog[]
  for (const log of logs) {
    const position = { block: BigInt(log.blockNumber), logIndex: Number(log.logIndex) }
    if (cursor?.block === position.block && position.logIndex < cursor.logIndex) continue
    if (!page.add(JSON.stringify(log))) return position
  }
  return undefined
}

/** What is read of it. */
type RemoteLog = { blockNumber: string; logIndex: string }
