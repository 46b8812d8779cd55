import type { Engine } from '../../execution/index.ts'
import { assert } from '../../lib/index.ts'
import { decodeTransaction, encodePrepared, recoverAuthorities } from '../../protocol/index.ts'
import type { ViewTransaction } from '../../rpc/index.ts'

/** Executed in one step; nobody looks at the chunk that they make. */
const BATCH_LIMITS = { transactions: 256, gas: (1n << 63n) - 1n }

/** Executes transactions of a block that is open in the engine once more, in short steps. */
export function* replayTransactions(
  engine: Engine,
  transactions: Iterable<ViewTransaction>,
): Generator<void, void> {
  let batch: ViewTransaction[] = []
  for (const transaction of transactions) {
    batch.push(transaction)
    if (batch.length < BATCH_LIMITS.transactions) continue
    execute(engine, batch)
    batch = []
    yield
  }
  execute(engine, batch)
}

function execute(engine: Engine, batch: readonly ViewTransaction[]): void {
  for (let rest = encodePrepared(batch.map(preparedOf)); rest.length > 0; ) {
    const { bytesTaken, stop } = engine.executeBatch(rest, BATCH_LIMITS)
    assert(stop === undefined, 'what was executed once can be executed again')
    engine.takeChunk()
    rest = rest.subarray(bytesTaken)
  }
}

function preparedOf({ raw, sender }: ViewTransaction): Parameters<typeof encodePrepared>[0][number] {
  const decoded = decodeTransaction(raw)
  assert(decoded.ok, 'it was executed')
  return { raw, sender, authorities: recoverAuthorities(decoded.transaction) }
}
