import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { StateAnswers } from '../bridging/index.ts'
import { ForkCache } from './ForkCache.ts'
import type { ForkTables } from './ForkTables.ts'
import { MemoryTables } from './MemoryTables.ts'
import {
  FORK_THREAD_ENDED,
  type ForkToMain,
  type ForkWorkerData,
  type MainToFork,
  type ReaderToFork,
} from './messages.ts'
import { RemoteChain } from './RemoteChain.ts'
import { RemoteError, RemoteRpc } from './RemoteRpc.ts'

type StateQuestion = Exclude<ReaderToFork, { bridge: SharedArrayBuffer }>
type Question = Extract<MainToFork, { id: number }>
type Answer = Extract<ForkToMain, { id: number }>

/** The fork's thread: asks the remote for others, and keeps what it has said. */
const { folder, url, blockNumber } = workerData as ForkWorkerData
const cache = new ForkCache(await openTables())
const rpc = url === undefined ? undefined : new RemoteRpc(url)
const chain = new RemoteChain(cache, rpc, blockNumber)
const readers: MessagePort[] = []
const bridges = new Map<MessagePort, StateAnswers>()

/** Many chains in a process keep nothing on the disk: what that takes is loaded only where it is needed. */
async function openTables(): Promise<ForkTables> {
  return folder === undefined ? new MemoryTables() : new (await import('./DiskTables.ts')).DiskTables(folder)
}

function serve(reader: MessagePort): void {
  const index = readers.push(reader)
  reader.on('message', (message: ReaderToFork) => {
    if (!('bridge' in message)) return void read(message, bridges.get(reader)!)
    const { bridge } = message
    bridges.set(reader, new StateAnswers(bridge))
    // It ends the bridge where this thread is ended and can't.
    parentPort!.postMessage({ bridge, reader: index } satisfies ForkToMain)
  })
}

async function read({ request, isHere }: StateQuestion, answers: StateAnswers): Promise<void> {
  if (isHere && !cache.has(request)) return answers.tellAbsent()
  try {
    await chain.bring(request)
    answers.answer(request, cache.state)
  } catch (error) {
    answers.fail((error as Error).message)
  }
}

async function answer(message: Question): Promise<Answer> {
  const { id } = message
  try {
    if (message.kind === 'request')
      return { id, ok: true, text: await chain.request(message.method, message.params) }
    await Promise.all(message.requests.map((request) => chain.bring(request)))
    return { id, ok: true, text: '' }
  } catch (error) {
    const remote = error instanceof RemoteError ? error : undefined
    const text = remote?.reason ?? (error as Error).message
    return { id, ok: false, message: text, code: remote?.code, data: remote?.data }
  }
}

// Whoever sleeps may be the main thread, which hears of nothing meanwhile.
process.once('exit', () => {
  for (const answers of bridges.values()) answers.end(FORK_THREAD_ENDED)
})

parentPort!.on('message', async (message: MainToFork) => {
  if (message.kind === 'reader') serve(message.port)
  else if (message.kind === 'interrupt') rpc?.close()
  else if (message.kind !== 'stop') parentPort!.postMessage(await answer(message))
  else {
    rpc?.close()
    for (const reader of readers) reader.close()
    parentPort!.close()
    await cache.close()
  }
})
