import type { Engine } from '../../../src/execution/index.ts'
import { bytesToHex, concatBytes } from '../../../src/lib/index.ts'
import { encodePrepared, type PreparedTransaction } from '../../../src/protocol/index.ts'

const LIMITS = { transactions: 10_000, gas: 1n << 60n }

/** What came of one batch. */
export type BatchResult = { chunk: string; refusals: string[]; diff: string; bloom: string; gas: bigint }

/** Executes a batch and takes its diff. `oneByOne`: in as many batches as there are transactions. */
export function runBatch(engine: Engine, batch: PreparedTransaction[], oneByOne: boolean): BatchResult {
  const chunks: Uint8Array[] = []
  const refusals: string[] = []
  for (let rest = batch; rest.length > 0; ) {
    const entries = encodePrepared(oneByOne ? rest.slice(0, 1) : rest)
    const { executed, stop } = engine.executeBatch(entries, LIMITS)
    if (stop !== undefined) refusals.push('message' in stop ? stop.message : stop.kind)
    rest = rest.slice(executed + (stop === undefined ? 0 : 1))
    chunks.push(engine.takeChunk().transactions.slice())
  }
  return {
    chunk: bytesToHex(concatBytes(...chunks)),
    refusals,
    bloom: bytesToHex(engine.logsBloom),
    gas: engine.cumulativeGasUsed,
    diff: bytesToHex(engine.takeDiff()),
  }
}
