import { ByteInbox } from '../lib/index.ts'

/** Bytes of entries that wait to be taken: with more, no further are fetched. */
const MAX_WAITING_BYTES: number = 16 * 1024 * 1024

/** What has come since the batch before was taken, one entry at least. It ends, or throws, as the entries do. */
export async function* batchesOf(entries: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[], void> {
  let onTaken = (): void => {}
  const inbox = new ByteInbox(() => onTaken())
  const fill = async (): Promise<void> => {
    for await (const entry of entries) {
      inbox.put(entry)
      if (inbox.waitingBytes < MAX_WAITING_BYTES) continue
      await new Promise<void>((resolve) => {
        onTaken = resolve
      })
    }
  }
  fill().then(
    () => inbox.end(),
    (error: Error) => inbox.end(error),
  )
  for (let batch = await inbox.take(); batch !== undefined; batch = await inbox.take()) yield batch
}
