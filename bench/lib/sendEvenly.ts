import { setTimeout as sleep } from 'node:timers/promises'
import { BulkClient } from '../../test/lib/index.ts'
import type { SignedTransfer } from './TransferLoad.ts'

/** Sends so many a second as a stream. Resolves when all are answered. */
export async function sendEvenly(
  url: string,
  transfers: readonly SignedTransfer[],
  rate: number,
): Promise<void> {
  let answered = 0
  const client = await BulkClient.open(url, () => void answered++)
  const startMs = performance.now()
  for (let sent = 0; sent < transfers.length; ) {
    const due = Math.min(transfers.length, Math.ceil(((performance.now() - startMs) * rate) / 1000))
    if (due > sent) client.write(BulkClient.encode(transfers.slice(sent, due).map(({ raw }) => raw)))
    sent = Math.max(sent, due)
    await sleep(1)
  }
  while (answered < transfers.length) await sleep(5)
  client.close()
}
