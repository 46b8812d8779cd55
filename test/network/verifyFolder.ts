import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Engine } from '../../src/execution/index.ts'
import { chunkDigest, LogOrder, readLog } from '../../src/feed/index.ts'
import { loadChain } from '../../src/node/chain.ts'
import { loadSnapshot, tailOf } from '../../src/node/startPoint.ts'
import { EngineSystemCalls } from '../../src/sequencer/index.ts'
import { listSnapshots } from '../../src/state/index.ts'
import { type Difference, RecordVerifier } from '../../src/verifier/index.ts'

/** What a full node finds in the log of a data folder, from its oldest snapshot on, and which kinds of records there are. */
export function verifyFolder(
  folder: string,
  { isDev }: { isDev: boolean },
): { difference: Difference | undefined; kinds: Map<string, number> } {
  const { schedule } = loadChain(readFileSync(join(folder, 'genesis.json'), 'utf8'))
  const engine = new Engine({ memoryMiB: 384, evm: 'interpreter' })
  const head = loadSnapshot(listSnapshots(join(folder, 'snapshots')).at(-1)!.path, (diff) =>
    engine.applyDiff(diff),
  )
  const tail = tailOf(head)
  const order = new LogOrder(tail.order)
  const system = new EngineSystemCalls(engine, schedule)
  const verifier = new RecordVerifier({ engine, system, schedule, tail, isDev })
  const kinds = new Map<string, number>()
  for (const { record, payload } of readLog(join(folder, 'log'), head.log)) {
    order.accept(record, payload)
    const difference = verifier.verify(record)
    if (difference !== undefined) return { difference, kinds }
    tail.follow(record, record.kind === 'chunk' ? chunkDigest(payload) : undefined)
    kinds.set(record.kind, (kinds.get(record.kind) ?? 0) + 1)
  }
  return { difference: undefined, kinds }
}
