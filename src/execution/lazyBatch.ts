import { CELL, type EngineKernel } from '../kernels/index.ts'
import { preparedBytesAt } from '../protocol/index.ts'
import type { BatchOutcome } from './Engine.ts'

/**
 * What a base throws to say that it can't give what a transaction reads: the transaction is refused with the message then,
 * and has changed nothing. Whatever else it throws comes out of the engine.
 */
export class BaseUnavailableError extends Error {
  override readonly name = 'BaseUnavailableError'
}

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
    const ends = endsOf(entries, Math.max(executed, 1))
    const bytesTaken = executed === 0 ? 0 : ends[executed - 1]!
    // Transactions are looked at together before the first is executed: another may be the one that failed.
    const first = ends[0]!
    if (executed === 0 && first < entries.length)
      return executeLazyBatch(kernel, entries.subarray(0, first), execute)
    const stop = { kind: 'unavailable', message: error.message } as const
    return { executed, bytesTaken, stop: executed > 0 ? undefined : stop }
  }
}

/** Where the first entries end. */
function endsOf(entries: Uint8Array, count: number): number[] {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.length)
  const ends: number[] = []
  for (let at = 0; ends.length < count && at < entries.length; ends.push(at)) at += preparedBytesAt(view, at)
  return ends
}
