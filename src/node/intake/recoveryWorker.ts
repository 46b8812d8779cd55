import { parentPort, workerData } from 'node:worker_threads'
import { ManySigners } from '../../protocol/index.ts'
import { Signal } from '../Signal.ts'
import { standBack } from '../threadPriority.ts'
import { type CellRefusal, type ChainRules, EntryRecovery } from './EntryRecovery.ts'
import { type IntakeMemory, IntakeRing } from './IntakeRing.ts'

/** Recovery takes all that a core has; the other threads want little, and want it now. */
const RECOVERY_NICENESS = 5

export type RecoveryWorkerData = {
  intake: IntakeMemory
  /** Wakes the sequencer. */
  signal: SharedArrayBuffer
  rules: ChainRules
}

/** What the sequencer won't see: to be answered by the main thread. */
export type RecoveryToMain = { refusals: CellRefusal[] }

const { intake, signal, rules } = workerData as RecoveryWorkerData
const ring = new IntakeRing(intake)
const many = new ManySigners()
const recovery = new EntryRecovery(ring, rules, many)
const sequencer = new Signal(signal)

standBack(RECOVERY_NICENESS)
// No event loop: the thread sleeps on the ring.
do {
  for (let frame = ring.claim(); frame !== undefined; frame = ring.claim()) {
    const { refusals, isWakeDue } = recovery.recover(frame)
    if (isWakeDue) sequencer.wake()
    if (refusals.length > 0) parentPort!.postMessage({ refusals } satisfies RecoveryToMain)
    many.learn()
  }
} while (ring.waitForFrame())
