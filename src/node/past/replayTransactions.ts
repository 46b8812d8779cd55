import type { Engine } from '../../execution/index.ts'
import { assert } from '../../lib/index.ts'
import { authoritiesOf, encodePrepared } from '../../protocol/index.ts'
import type { ViewTransaction } from '../../rpc/index.ts'
import { callBeforeTransactions } from '../../sequencer/index.ts'
import type { PastBlock } from './PastEngines.ts'
import { Rewriting } from './WrittenDiffs.ts'

/** Executed in one step; nobody looks at the chunk that they make. */
const BATCH_LIMITS = { transactions: 256, gas: (1n << 63n) - 1n }

/**
 * Executes a block that is open in the engine once more, up to the last of `transactions`, `atOnce` in a step, with what was
 * written between them and behind. Gives the encoded StateDiffs of what changed before something that was written; what
 * changed since is pending in the end.
 */
export function* replayTransactions(
  engine: Engine,
  { number, environment, blockHash, written }: PastBlock,
  transactions: Iterable<ViewTransaction>,
  atOnce: number = BATCH_LIMITS.transactions,
): Generator<Uint8Array | undefined, void> {
  callBeforeTransactions(engine, environment, blockHash(number - 1n))
  const rewriting = new Rewriting(engine, written)
  let batch: ViewTransaction[] = []
  let count = 0
  for (const transaction of transactions) {
    batch.push(transaction)
    count++
    if (batch.length < atOnce && !rewriting.isDue(count)) continue
    execute(engine, batch)
    batch = []
    yield rewriting.write(count)
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
