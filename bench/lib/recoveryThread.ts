import { parentPort, workerData } from 'node:worker_threads'
import { CurveKernel, type CurveSignature } from '../../src/kernels/index.ts'
import { recoverPublicKeyInto } from '../../src/protocol/index.ts'
import { type RecoveryJob, SIGNATURE_BYTES } from './recoveryAlone.ts'

const WARM_UP = 2000
const NO_KEY = 'a signature of the load leads to no key'

const { signatures, from, to, means } = workerData as RecoveryJob
const bytes = new Uint8Array(signatures).slice()
const recover = means === 'library' ? recoverOneByOne : recoverTogether(CurveKernel.create())

parentPort!.on('message', (message) => {
  recover(message === 'warm up' ? Math.min(to, from + WARM_UP) : to)
  parentPort!.postMessage('done')
})

function signatureAt(i: number): CurveSignature {
  const at = i * SIGNATURE_BYTES
  return {
    hash: bytes.subarray(at, at + 32),
    signature: bytes.subarray(at + 32, at + 96),
    yParity: bytes[at + 96]!,
  }
}

function recoverOneByOne(end: number): void {
  const publicKey = new Uint8Array(65)
  for (let i = from; i < end; i++) {
    const { hash, signature, yParity } = signatureAt(i)
    if (!recoverPublicKeyInto(hash, signature, yParity, publicKey)) throw new Error(NO_KEY)
  }
}

function recoverTogether(curve: CurveKernel | undefined): (end: number) => void {
  if (curve === undefined) throw new Error('the kernel of the curve does not run on this machine')
  return (end) => {
    for (let start = from; start < end; start += curve.limit) {
      curve.clear()
      const count = Math.min(curve.limit, end - start)
      for (let i = 0; i < count; i++) curve.add(signatureAt(start + i))
      curve.recover()
      for (let i = 0; i < count; i++) if (!curve.hasKey(i)) throw new Error(NO_KEY)
    }
  }
}
