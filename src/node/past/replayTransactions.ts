import type { Engine } from '../../execution/index.ts'
import { assert } from '../../lib/index.ts'
import { authoritiesOf, encodePrepared } from '../../protocol/index.ts'
import type { ViewTransaction } from '../../rpc/index.ts'
import { callBeforeTransactions } from '../../sequencer/index.ts'
import type { PastBlock } from './PastEngines.ts'

/** Executed in one step; nobody looks at the chunk that they make. */
const BATCH_LIMITS = { transactions: 256, gas: (1n << 63n) - 1n }

/** Executes a block that is open in the engine once more, up to the last of `transactions`, in short steps. */
export function* replayTransactions(
  engine: Engine,
  { number, environment, blockHash }: PastBlock,
  transactions: Iterable<ViewTransaction>,
): Generator<void, void> {
  callBeforeTransactions(engine, environment, blockHash(number - 1n))
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
  return { raw, sender, authorities: authoritiesOf(raw) }
}
