import { parentPort } from 'node:worker_threads'
import { concatBytes } from '../lib/index.ts'
import type { TransactionRules } from '../sequencer/index.ts'
import { prepareTransaction } from './prepareTransactions.ts'
import { encodeTransactions } from './transactionCodec.ts'

/** A batch on its way to a recovery worker: the raw transactions one after another. */
export type RecoveryRequest = { id: number; bytes: Uint8Array; lengths: number[]; rules: TransactionRules }

/**
 * What came of a batch, in the order of the request: a refusal, or undefined for the next one in `ready` (see
 * transactionCodec.ts).
 */
export type RecoveryAnswer = {
  id: number
  ready: Uint8Array
  refusals: ({ kind: 'refused'; code: string; message: string } | undefined)[]
}

parentPort!.on('message', ({ id, bytes, lengths, rules }: RecoveryRequest) => {
  const ready: Uint8Array[] = []
  const refusals: RecoveryAnswer['refusals'] = []
  let offset = 0
  for (const length of lengths) {
    const prepared = prepareTransaction(bytes.subarray(offset, offset + length), rules)
    offset += length
    refusals.push(prepared.kind === 'refused' ? prepared : undefined)
    if (prepared.kind === 'ready') ready.push(encodeTransactions([prepared.transaction]))
  }
  const joined = concatBytes(...ready)
  const answer: RecoveryAnswer = { id, ready: joined, refusals }
  parentPort!.postMessage(answer, [joined.buffer as ArrayBuffer])
})
