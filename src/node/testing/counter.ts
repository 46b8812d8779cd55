import assert from 'node:assert/strict'
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hex,
  type HttpTransport,
  http,
  type PublicClient,
  size,
  slice,
  type Chain as ViemChain,
  type WalletClient,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { Node } from '../nodeOptions.ts'
import { sealedBlock } from './testNodes.ts'

export type Wallet = WalletClient<HttpTransport, ViemChain, PrivateKeyAccount>

/** The local chain's first account. */
export const ACCOUNT: PrivateKeyAccount = privateKeyToAccount(
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
)

/**
 * Without call data it adds one to its slot 0; with some it returns the slot, the block's number and time, and the parent's
 * hash.
 */
const COUNTER: Hex = '0x3615601d575f545f524360205242604052600143034060605260805ff35b5f546001015f5500'
const DEPLOY: Hex = `0x60268060095f395ff3${COUNTER.slice(2)}`
export const LOOK: Hex = '0x01'

export type Counted = {
  client: PublicClient
  wallet: Wallet
  address: Hex
  blocks: { number: bigint; count: bigint }[]
}

/** Deploys a counter and counts, once a block; `waits` false: without waiting for the blocks to be sealed. */
export async function count(
  node: Node,
  times: number,
  { waits }: { waits: boolean } = { waits: true },
): Promise<Counted> {
  const chain: ViemChain = defineChain({
    ...{ id: 31337, name: 'leveret', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
    rpcUrls: { default: { http: [node.url] } },
  })
  const client = createPublicClient({ chain, transport: http(), pollingInterval: 10 }) as PublicClient
  const wallet = createWalletClient({ account: ACCOUNT, chain, transport: http() })
  const sent = async (transaction: { to?: Hex; data?: Hex }) => {
    const hash = await wallet.sendTransaction(transaction)
    const receipt = await client.waitForTransactionReceipt({ hash })
    if (waits) await sealedBlock(node, `0x${receipt.blockNumber.toString(16)}`)
    return receipt
  }
  const deployed = await sent({ data: DEPLOY })
  const address = deployed.contractAddress!
  const blocks = [{ number: deployed.blockNumber, count: 0n }]
  for (let i = 1; i <= times; i++)
    blocks.push({ number: (await sent({ to: address })).blockNumber, count: BigInt(i) })
  return { client, wallet, address, blocks }
}

/** The words of return data. */
export function words(data: Hex | undefined): Hex[] {
  assert.ok(data !== undefined)
  return Array.from({ length: size(data) / 32 }, (_, i) => slice(data, 32 * i, 32 * i + 32))
}
