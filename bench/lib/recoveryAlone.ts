/**
 * What recovering the signers of transactions costs by itself: nothing but the curve, on one thread or several, by the library
 * one after the other, or by the kernel many together.
 */
import { Worker } from 'node:worker_threads'
import { RecoveryKernel } from '../../src/kernels/index.ts'
import { encodePrepared } from '../../src/protocol/index.ts'

/** signing hash 32 · signature 64 · y parity 1. */
export const SIGNATURE_BYTES = 97
/** Of whom nothing is known yet. */
const NOBODY = new Uint8Array(20)

export type RecoveryMeans = 'library' | 'kernel'
export type RecoveryJob = { signatures: SharedArrayBuffer; from: number; to: number; means: RecoveryMeans }

/** The best of them is what the machine allows: some systems keep both threads on one core for a while. */
const TURNS = 5

/** Signatures recovered in a second by so many threads, which share them evenly, at best. */
export async function recoveryAlone(
  raws: readonly Uint8Array[],
  threads: number,
  means: RecoveryMeans,
): Promise<number> {
  const signatures = signaturesOf(raws)
  const share = Math.ceil(raws.length / threads)
  const workers = await Promise.all(
    Array.from({ length: threads }, (_, i) =>
      start({ signatures, from: i * share, to: Math.min(raws.length, (i + 1) * share), means }),
    ),
  )
  let best = 0
  for (let turn = 0; turn < TURNS; turn++) {
    const begin = performance.now()
    await Promise.all(workers.map((worker) => answerOf(worker, 'go')))
    best = Math.max(best, (raws.length * 1000) / (performance.now() - begin))
  }
  await Promise.all(workers.map((worker) => worker.terminate()))
  return best
}

function signaturesOf(raws: readonly Uint8Array[]): SharedArrayBuffer {
  const kernel = new RecoveryKernel()
  kernel.setRules(31337n, 1n << 24n, 3)
  const memory = new SharedArrayBuffer(raws.length * SIGNATURE_BYTES)
  const bytes = new Uint8Array(memory)
  for (const [i, raw] of raws.entries()) {
    kernel.take(encodePrepared([{ raw, sender: NOBODY, authorities: [] }]), 1)
    const yParity = kernel.parityOf(0)
    if (yParity < 0) throw new Error('a transaction of the load is not a usual one')
    const { signingHash, signature } = kernel.slots[0]!
    bytes.set(signingHash, i * SIGNATURE_BYTES)
    bytes.set(signature, i * SIGNATURE_BYTES + 32)
    bytes[i * SIGNATURE_BYTES + 96] = yParity
  }
  return memory
}

async function start(job: RecoveryJob): Promise<Worker> {
  const worker = new Worker(new URL('./recoveryThread.ts', import.meta.url), { workerData: job })
  await answerOf(worker, 'warm up')
  return worker
}

function answerOf(worker: Worker, message: 'warm up' | 'go'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.postMessage(message)
  })
}
