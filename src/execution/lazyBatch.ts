import { BaseUnavailableError, CELL, type EngineKernel } from '../kernels/index.ts'
import { preparedBytesAt } from '../protocol/index.ts'
import type { BatchOutcome } from './outcomes.ts'

/** Executes a batch on a base that may have failed: where it did, that is the outcome of the transaction that met it. */
export function executeLazyBatch(
  kernel: EngineKernel,
  entries: Uint8Array,
  execute: (entries: Uint8Array) => BatchOutcome,
): BatchOutcome {
  const before = kernel.getU32(CELL.chunkCount)
  try {
    return execute(entries)
  } catch (error) {
    if (!(error instanceof BaseUnavailableError)) throw error
    kernel.exports.abandonTransaction()
    const executed = kernel.getU32(CELL.chunkCount) - before
    if (executed > 0) return { executed, bytesTaken: bytesOf(entries, executed), stop: undefined }
    // Transactions are looked at together before the first is executed: another may be the one that failed.
    const first = bytesOf(entries, 1)
    if (first < entries.length) return executeLazyBatch(kernel, entries.subarray(0, first), execute)
    return { executed, bytesTaken: 0, stop: { kind: 'unavailable', message: error.message } }
  }
}

/** Bytes of the first `count` entries. */
function bytesOf(entries: Uint8Array, count: number): number {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.length)
  let at = 0
  for (let i = 0; i < count; i++) at += preparedBytesAt(view, at)
  return at
}
