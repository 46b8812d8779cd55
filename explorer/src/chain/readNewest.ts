import { toNumber, toQuantity } from '../lib/hex.ts'
import type { RpcBlock, RpcMiniBlock } from '../rpc/index.ts'
import { SHOWN_BLOCKS, SHOWN_MINI_BLOCKS } from './live.ts'
import { node } from './node.ts'
import { readBlocksBefore, readHead } from './read.ts'

export type Newest = {
  head: number
  /** Sealed ones, the newest first. */
  blocks: readonly RpcBlock[]
  /** The oldest first. */
  miniBlocks: readonly RpcMiniBlock[]
}

/** What happened before the page was there, or while nobody saw it. */
export async function readNewest(): Promise<Newest> {
  const head = await readHead()
  const [read, newest] = await Promise.all([readBlocksBefore(head + 1, SHOWN_BLOCKS + 1), newestMiniBlock()])
  const sealed = read.filter((block): block is RpcBlock => block !== null && block.hash !== null)
  const miniBlocks = newest === null ? [] : await readMiniBlocksUpTo(newest)
  return { head, blocks: sealed.slice(0, SHOWN_BLOCKS), miniBlocks }
}

/** null: there is none yet, or none that is kept. */
export function newestMiniBlock(): Promise<RpcMiniBlock | null> {
  return node.request<RpcMiniBlock | null>('leveret_getMiniBlock', ['latest']).catch(() => null)
}

/** Some mini-blocks up to `newest`; that alone where they are full. */
async function readMiniBlocksUpTo(newest: RpcMiniBlock): Promise<RpcMiniBlock[]> {
  if (newest.transactions.length > 20) return [newest]
  const last = toNumber(newest.mini_block_number)
  const from = toQuantity(Math.max(1, last - SHOWN_MINI_BLOCKS + 1))
  try {
    const read = node.request<{ miniBlocks: RpcMiniBlock[] }>('leveret_getMiniBlocks', [
      from,
      toQuantity(last),
    ])
    return (await read).miniBlocks
  } catch {
    // The older ones aren't kept any more.
    return [newest]
  }
}
