import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext } from '../harness.ts'
import { NodeProcess } from './NodeProcess.ts'
import { sendEvenly } from './sendEvenly.ts'
import { TransferLoad } from './TransferLoad.ts'

const SENDERS = 500
const BLOCK_GAS_LIMIT = 10_000_000_000
/** Transfers/s that the sequencer gets before the full node starts. */
const RATE = 8000

/**
 * How fast a full node executes what it follows: it starts when the sequencer has all of `count` transfers, with mini-blocks
 * as they are under that load.
 */
export async function measureFullNode(
  { report }: BenchContext,
  {
    folder,
    count,
    publish,
    miniBlockMs,
  }: { folder: string; count: number; publish: object; miniBlockMs: number },
): Promise<void> {
  const rounds = Math.ceil(count / SENDERS)
  const load = new TransferLoad({ accounts: SENDERS, rounds, connections: 1, blockGasLimit: BLOCK_GAS_LIMIT })
  const path = join(folder, 'full-genesis.json')
  writeFileSync(path, load.genesis)
  const common = { port: 0, explorer: false, snapshotMiB: 0 }
  const sequencer = await NodeProcess.start({
    ...{ ...common, data: join(folder, 'full-sequencer'), genesis: { path }, publish },
    ...{ miniBlockMs, mining: 'interval', dev: true },
  })
  let node: NodeProcess | undefined
  try {
    const transfers = load.between(0, rounds)[0]!
    await sendEvenly(sequencer.url, transfers, RATE)
    const there = await sequencer.miniBlock()
    node = await NodeProcess.start({
      ...{ ...common, data: join(folder, 'full-node') },
      replica: { from: [sequencer.feedUrl!], verify: true },
    })
    const [first, before, startMs] = [await node.miniBlock(), await node.figures(), performance.now()]
    await node.reaches(there)
    const seconds = (performance.now() - startMs) / 1000
    const after = await node.figures()
    const executed = (transfers.length * Number(there - first)) / Number(there)
    const name = 'full node, catching up'
    report({ case: name, metric: 'transfers', value: executed / Math.max(seconds, 0.005), unit: '1/s' })
    const processorMs = after.processorMs - before.processorMs
    report({
      case: name,
      metric: 'processor time',
      value: (1000 * processorMs) / Math.max(1, executed),
      unit: 'µs each',
    })
  } finally {
    await node?.stop()
    await sequencer.stop()
  }
}
