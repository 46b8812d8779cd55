import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { SnapshotToMain, SnapshotWorkerData } from './messages.ts'
import { pruneFolder } from './pruneFolder.ts'
import { takeSnapshot } from './takeSnapshot.ts'
import { standBack } from './threadPriority.ts'

/** Of a core: those who execute and answer come first. */
const SHARE = 1 / 4
/** Work is done in spells of at least so long. */
const SPELL_MS = 4

/** The snapshot thread: makes one snapshot, prunes behind it, and ends. */
async function run(data: SnapshotWorkerData): Promise<void> {
  const startMs = performance.now()
  const steps = takeSnapshot(data)
  let spellStartMs = startMs
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) {
    const workedMs = performance.now() - spellStartMs
    if (workedMs < SPELL_MS) continue
    await sleep(workedMs * (1 / SHARE - 1))
    spellStartMs = performance.now()
  }
  const blockNumber = step.value?.blockNumber
  const pruned = pruneFolder(data)
  const elapsedMs = performance.now() - startMs
  parentPort!.postMessage({ blockNumber, elapsedMs, ...pruned } satisfies SnapshotToMain)
}

standBack(10)
await run(workerData as SnapshotWorkerData)
