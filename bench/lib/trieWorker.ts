/** A shard of a trie on its own thread: applies what the main thread puts into shared memory, and hashes it. */
import { workerData } from 'node:worker_threads'
import { TrieKernel } from '../../src/kernels/index.ts'
import {
  ROUND,
  ROUND_BYTES,
  ROUND_DONE,
  ROUND_STOP,
  THREAD_TIME,
  type TrieWorkerData,
} from './TrieThreads.ts'

const { control, records, thread, nibbles, memoryMiB } = workerData as TrieWorkerData
const kernel = new TrieKernel({ memoryMiB, keptStates: 1, nibbles })
const cells = new Int32Array(control)
const none = new Uint8Array(0)

for (let round = 0; ; round++) {
  Atomics.wait(cells, ROUND, round)
  const bytes = Atomics.load(cells, ROUND_BYTES)
  if (bytes === ROUND_STOP) break
  const before = process.threadCpuUsage()
  kernel.apply(new Uint8Array(records, 0, bytes), none)
  kernel.rootHash()
  const { user, system } = process.threadCpuUsage(before)
  Atomics.store(cells, THREAD_TIME + thread, Math.max(1, user + system))
  Atomics.add(cells, ROUND_DONE, 1)
  Atomics.notify(cells, ROUND_DONE)
}
