import { parentPort, workerData } from 'node:worker_threads'
import { recoverPublicKeyInto } from '../../src/protocol/index.ts'
import { type RecoveryJob, SIGNATURE_BYTES } from './recoveryAlone.ts'

const WARM_UP = 200

const { signatures, from, to } = workerData as RecoveryJob
const bytes = new Uint8Array(signatures).slice()
const publicKey = new Uint8Array(65)

parentPort!.on('message', (message) => {
  const end = message === 'warm up' ? Math.min(to, from + WARM_UP) : to
  for (let i = from; i < end; i++) {
    const at = i * SIGNATURE_BYTES
    const hash = bytes.subarray(at, at + 32)
    const signature = bytes.subarray(at + 32, at + 96)
    if (!recoverPublicKeyInto(hash, signature, bytes[at + 96]!, publicKey))
      throw new Error('a signature of the load leads to no key')
  }
  parentPort!.postMessage('done')
})
