import { effect, signal } from '@preact/signals'
import type { Hex } from '../lib/hex.ts'
import { toNumber } from '../lib/hex.ts'
import type { RpcBlock } from '../rpc/index.ts'
import { epoch, requestAll } from './node.ts'

/** What doesn't change while a chain lives. */
export type Facts = { chainId: number; genesisHash: Hex; client: string }

/** Of the chain that the node has now; undefined until the first answer. */
export const facts = signal<Facts | undefined>(undefined)

/** Read again after each reconnection: another chain may have been started on the same port. */
effect(() => {
  if (epoch.value > 0) void readFacts().catch(() => {})
})

async function readFacts(): Promise<void> {
  const [chainId, genesis, client] = (await requestAll<unknown>([
    ['eth_chainId', []],
    ['eth_getBlockByNumber', ['0x0', false]],
    ['web3_clientVersion', []],
  ])) as [Hex, RpcBlock | null, string]
  const next = { chainId: toNumber(chainId), genesisHash: genesis?.hash ?? '0x', client } as Facts
  const known = facts.peek()
  if (known?.genesisHash !== next.genesisHash || known.chainId !== next.chainId) facts.value = next
}
