import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, createWalletClient, defineChain, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { type LogRecord, readLog } from '../../src/feed/index.ts'
import { startNode } from '../../src/node/index.ts'
import { accounts, compile } from '../lib/index.ts'

/** Transactions of each of the rounds: blocks of more than 128, in which the order of keys is not that of indices. */
const ROUND_TRANSACTIONS = 150
const ROUNDS = 3

/** The log of a chain on which a token was deployed and moved in blocks of some mini-blocks. */
export async function recordedChain(): Promise<LogRecord[]> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-recorded-'))
  try {
    const node = await startNode({ port: 0, data: folder, blockMs: 400, miniBlockMs: 20 })
    try {
      await useToken(node.url)
    } finally {
      await node.close()
    }
    return [...readLog(join(folder, 'log'))].map(({ record }) => record)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function useToken(url: string): Promise<void> {
  const chain = defineChain({
    ...{ id: 31337, name: 'leveret', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
    rpcUrls: { default: { http: [url] } },
  })
  const client = createPublicClient({ chain, transport: http(), pollingInterval: 10 })
  const account = privateKeyToAccount(accounts[0]!.privateKey)
  const wallet = createWalletClient({ account, chain, transport: http() })
  const token = compile('Token')
  const hash = await wallet.deployContract({ ...token, args: ['Hare', 'HARE'] })
  const { contractAddress } = await client.waitForTransactionReceipt({ hash })
  let nonce = 1
  for (let round = 0; round < ROUNDS; round++) {
    const sends = Array.from({ length: ROUND_TRANSACTIONS }, () =>
      wallet.writeContract({
        ...{ address: contractAddress!, abi: token.abi, functionName: 'mint' },
        ...{ args: [accounts[1]!.address, 1n], gas: 200_000n, nonce: nonce++ },
      }),
    )
    const hashes = await Promise.all(sends)
    await client.waitForTransactionReceipt({ hash: hashes.at(-1)! })
  }
}
