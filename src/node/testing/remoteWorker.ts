import { parentPort } from 'node:worker_threads'
import { createChain } from '../inProcess/index.ts'
import { FORKED, writeForked } from './forkedContracts.ts'
import { RemoteProxy } from './RemoteProxy.ts'
import type { RemoteCommand, RemoteFacts } from './RemoteThread.ts'
import { signedTransaction } from './testNodes.ts'

/** The thread of a RemoteThread: a chain, and a server in front of it that can be told to fail. */
const chain = await createChain()
const ask = (method: string, params: unknown[]): Promise<unknown> => chain.request({ method, params })

async function count(nonce: bigint): Promise<string> {
  const raw = signedTransaction({ nonce, gasLimit: 100_000n, value: 0n, to: FORKED.counter })
  return (await ask('eth_sendRawTransaction', [raw])) as string
}

async function answer(body: string): Promise<string> {
  const { id, method, params } = JSON.parse(body)
  const outcome = await ask(method, params).then(
    (result) => ({ result }),
    ({ code, message, data }) => ({ error: { code, message, data } }),
  )
  return JSON.stringify({ jsonrpc: '2.0', id, ...outcome })
}

await writeForked(ask)
const hashes = [await count(0n), await count(1n)]
const forkNumber = BigInt((await ask('eth_blockNumber', [])) as string)
await count(2n)
const proxy = new RemoteProxy(answer)
const facts: RemoteFacts = { url: await proxy.listen(), hashes, forkNumber }
parentPort!.on('message', (command: RemoteCommand) => {
  Object.assign(proxy, command)
  parentPort!.postMessage(proxy.asked)
})
parentPort!.postMessage(facts)
