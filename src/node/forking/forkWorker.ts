import { parentPort, workerData } from 'node:worker_threads'
import { StateAnswers } from '../tracing/index.ts'
import { ForkCache } from './ForkCache.ts'
import type { ForkReader, ForkToMain, ForkWorkerData, MainToFork, ReaderToFork } from './messages.ts'
import { RemoteChain } from './RemoteChain.ts'
import { RemoteError, RemoteRpc } from './RemoteRpc.ts'

/** The fork's thread: asks the remote for others, and keeps what it has said. */
const { folder, url, blockNumber, accounts, readers } = workerData as ForkWorkerData
const cache = new ForkCache(folder)
const rpc = url === undefined ? undefined : new RemoteRpc(url)
const chain = new RemoteChain(cache, rpc, blockNumber)

function serve({ port, bridge }: ForkReader): void {
  const answers = new StateAnswers(bridge)
  port.on('message', async ({ request, isHere }: ReaderToFork) => {
    if (isHere && !cache.has(request)) return answers.tellAbsent()
    try {
      await chain.bring(request)
    } catch (error) {
      return answers.fail((error as Error).message)
    }
    answers.answer(request, cache.state)
  })
}

async function answer(message: Exclude<MainToFork, { kind: 'interrupt' | 'stop' }>): Promise<ForkToMain> {
  const { id } = message
  try {
    if (message.kind === 'request')
      return { id, ok: true, text: await chain.request(message.method, message.params) }
    await (message.kind === 'basics' ? chain.bringBasics(accounts) : chain.bring(message.request))
    return { id, ok: true, text: '' }
  } catch (error) {
    const remote = error instanceof RemoteError ? error : undefined
    const text = remote?.reason ?? (error as Error).message
    return { id, ok: false, message: text, code: remote?.code, data: remote?.data }
  }
}

for (const reader of readers) serve(reader)
parentPort!.on('message', async (message: MainToFork) => {
  if (message.kind === 'interrupt') rpc?.close()
  else if (message.kind !== 'stop') parentPort!.postMessage(await answer(message))
  else {
    for (const { port } of readers) port.close()
    parentPort!.close()
    await cache.close()
  }
})
