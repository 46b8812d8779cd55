/**
 * `npm run bench -- footprint`: what a local chain takes, next to anvil and to Hardhat's node where that is installed: from
 * starting the program to its first answer, and its memory, idle and after many blocks with a transfer each.
 */
import { type Chain, delay, RawHttpRpc, startChain } from '../test/lib/index.ts'
import { type Bench, type BenchContext, median } from './harness.ts'
import { builtPackage } from './lib/builtPackage.ts'
import { HardhatNode } from './lib/hardhatNode.ts'
import { noteRatios } from './lib/noteRatios.ts'
import { type ProcessMemory, processMemory, tellsMemory } from './lib/processMemory.ts'
import { type ServerName, serversOf } from './lib/rpcServers.ts'
import { signedTransfers } from './lib/signedTransfers.ts'

/** After the first answer, and after the last block: what goes on in the background has ended then. */
const IDLE_MS = 3000
/** Transactions signed at once. */
const SIGNED = 500
/** A node that has made no block for so long is told to. */
const STANDS_STILL_MS = 1000
const METRICS = [
  ['proportional', 'PSS'],
  ['resident', 'RSS'],
  ['anonymous', 'of these anonymous'],
] as const satisfies [keyof ProcessMemory, string][]

export const bench: Bench = {
  name: 'footprint',
  summary: 'time to the first answer, memory idle and after many blocks, next to anvil and Hardhat',
  options: {
    only: { type: 'string', help: 'leveret, anvil or hardhat alone' },
    blocks: { type: 'string', help: 'blocks with a transfer each (default 10000)' },
  },
  async run(context) {
    const servers = serversOf(context)
    const program = context.tiny ? 'src/cli/main.ts' : `${builtPackage()}/main.js`
    await benchStart(context, servers, program)
    if (tellsMemory()) await benchMemory(context, servers, program)
    else context.note('the memory of processes is only told on Linux')
  },
}

async function benchStart(context: BenchContext, servers: ServerName[], program: string): Promise<void> {
  const times = new Map<ServerName, number[]>(servers.map((server) => [server, []]))
  // They take turns; the first start of each fills caches.
  for (let round = 0; round <= context.repeats; round++) {
    for (const server of servers) {
      const startMs = performance.now()
      const node = await start(server, program)
      const elapsedMs = performance.now() - startMs
      await node.stop()
      if (round > 0) times.get(server)!.push(elapsedMs)
    }
  }
  const medians = new Map([...times].map(([server, all]) => [server, median(all)]))
  for (const [engine, value] of medians)
    context.report({ case: 'start', metric: 'first answer', value, unit: 'ms', engine })
  noteRatios(context, medians, 'less')
}

async function benchMemory(context: BenchContext, servers: ServerName[], program: string): Promise<void> {
  const { tiny, options } = context
  const blocks = tiny ? 5 : Number(options.blocks ?? 10_000)
  const idle = new Map<ServerName, ProcessMemory>()
  const later = new Map<ServerName, ProcessMemory>()
  for (const server of servers) {
    const node = await start(server, program)
    try {
      await delay(tiny ? 0 : IDLE_MS)
      idle.set(server, processMemory(node.pid!))
      const told = await makeBlocks(node.url, blocks)
      if (told > 0)
        context.note(
          `${server} stood still, with a transaction in its pool, and was told to mine: ${told} times`,
        )
      await delay(tiny ? 0 : IDLE_MS)
      later.set(server, processMemory(node.pid!))
    } finally {
      await node.stop()
    }
  }
  reportMemory(context, 'idle', idle)
  reportMemory(context, `after ${blocks} blocks`, later)
}

function reportMemory(context: BenchContext, name: string, memory: Map<ServerName, ProcessMemory>): void {
  for (const [key, metric] of METRICS)
    for (const [engine, { [key]: value }] of memory)
      context.report({ case: name, metric, value, unit: 'MiB', engine })
  const values = new Map(Array.from(memory, ([server, { proportional }]) => [server, proportional]))
  noteRatios(context, values, 'less')
}

/** As a developer starts what is installed: with the defaults, but for a port and a data folder of its own. */
function start(server: ServerName, program: string): Promise<Chain | HardhatNode> {
  if (server === 'hardhat') return HardhatNode.start()
  return startChain({ target: server, mining: 'auto', program })
}

/** Sends a transfer for each of so many blocks. Gives how often the node had to be told to make one. */
async function makeBlocks(url: string, count: number): Promise<number> {
  const rpc = await RawHttpRpc.open(url)
  const ask: Ask = async (method, params) => {
    const answer = JSON.parse(await rpc.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })))
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }
  let told = 0
  try {
    for (let nonce = 0; nonce < count; nonce += SIGNED) {
      for (const [i, raw] of signedTransfers(nonce, Math.min(SIGNED, count - nonce)).entries()) {
        await ask('eth_sendRawTransaction', [raw])
        if (await makesBlock(ask, nonce + i + 1)) continue
        await ask('evm_mine', [])
        told++
      }
    }
  } finally {
    rpc.close()
  }
  return told
}

type Ask = (method: string, params: string[]) => Promise<string>

/** Whether a block of such a number, or a later one, comes in time. */
async function makesBlock(ask: Ask, number: number): Promise<boolean> {
  for (const endMs = performance.now() + STANDS_STILL_MS; performance.now() < endMs; )
    if (Number(await ask('eth_blockNumber', [])) >= number) return true
  return false
}
