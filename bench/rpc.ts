/**
 * `npm run bench -- rpc`: reads a second over http, the server on one core and the clients on another, next to anvil and
 * to Hardhat's node where that is installed; all with the same genesis and transfers. Then synchronous sends over
 * WebSocket, for which every node has all cores, as a developer's has. Repeats take turns, so that all see the same machine.
 */
import { type Bench, type BenchContext, median } from './harness.ts'
import { measureWay } from './latency.ts'
import { noteRatios } from './lib/noteRatios.ts'
import { canPin, RpcLoad } from './lib/RpcLoad.ts'
import {
  LOGS,
  logTransfers,
  type Server,
  type ServerName,
  serversOf,
  startOfLength,
  startServer,
} from './lib/rpcServers.ts'
import { TOKEN, TRANSFER_TOPIC, type TransferLoad } from './lib/TransferLoad.ts'

const CLIENT_CORE = 1
const BATCH = 100
/** Before a repeat, and before the first: on the one core of the server, V8 compiles what requests pass for seconds. */
const WARM_UP_MS = 500
const FIRST_WARM_UP_MS = 3000
/** Beyond such a share of a processor the generator may be what is measured. */
const BUSY = 0.97

/** `items`: answers in one answer's body. */
type Case = { name: string; bodies: string[]; items: number }

export const bench: Bench = {
  name: 'rpc',
  summary: 'reads over http on one core and synchronous sends over WebSocket, next to anvil and Hardhat',
  options: {
    only: { type: 'string', help: 'leveret, anvil or hardhat alone' },
    case: { type: 'string', help: 'cases with this in their names' },
    seconds: { type: 'string', help: 'of each repeat (default 1)' },
    connections: { type: 'string', help: 'connections at once (default 16)' },
    anvilBlocks: {
      type: 'string',
      help: 'length of its long chain (default 5000; 100000 wants --seconds 30: an answer takes it seconds)',
    },
  },
  async run(context) {
    if (!canPin()) context.note('server and clients share all cores: taskset or a second core is missing')
    const load = await RpcLoad.start(CLIENT_CORE)
    try {
      await benchReads(context, load)
      await benchLogs(context, load)
    } finally {
      load.stop()
    }
    const way = { name: 'WebSocket, synchronous send', sync: true, transport: 'ws' } as const
    if (isWanted(context, way.name)) await measureWay(context, way, context.tiny ? 3 : 2000)
  },
}

/** Of accounts and transactions: nodes as they are started. */
async function benchReads(context: BenchContext, load: RpcLoad): Promise<void> {
  const transfers = logTransfers()
  const cases = readCases(transfers).filter(({ name }) => isWanted(context, name))
  if (cases.length === 0) return
  const servers: Server[] = []
  try {
    for (const engine of serversOf(context)) servers.push(await startServer(engine, transfers))
    for (const each of cases) await measureCase(context, load, each, servers)
  } finally {
    for (const server of servers) await server.stop()
  }
}

function readCases(transfers: TransferLoad): Case[] {
  const hashes = transfers
    .between(0, 1)
    .flat()
    .map(({ hash }) => hash)
  const balances = transfers.senders.map((address, id) => callOf('eth_getBalance', [address, 'latest'], id))
  const calls = transfers.senders.map((address, id) => {
    const data = `0x70a08231${address.slice(2).padStart(64, '0')}`
    return callOf('eth_call', [{ to: TOKEN, data }, 'latest'], id)
  })
  const receipts = hashes.map((hash, id) => callOf('eth_getTransactionReceipt', [hash], id))
  return [
    { name: 'eth_getBalance', bodies: balances, items: 1 },
    { name: 'eth_getTransactionReceipt', bodies: receipts, items: 1 },
    { name: 'eth_call, balanceOf', bodies: calls, items: 1 },
    { name: `batches of ${BATCH} eth_getBalance`, bodies: [`[${balances.join(',')}]`], items: BATCH },
    { name: `batches of ${BATCH} receipts`, bodies: [`[${receipts.join(',')}]`], items: BATCH },
  ]
}

/** Of 100 logs on a short chain and a long one. */
async function benchLogs(context: BenchContext, load: RpcLoad): Promise<void> {
  const long = context.tiny ? 300 : 100_000
  const short = context.tiny ? 200 : 1000
  const anvilBlocks = Number(context.options.anvilBlocks ?? 5000)
  const lengths: [string, Record<ServerName, number>][] = [
    ['short', { leveret: short, anvil: short, hardhat: short }],
    ['long', { leveret: long, anvil: context.tiny ? long : anvilBlocks, hardhat: long }],
  ]
  for (const [kind, blocks] of lengths) {
    const name = `eth_getLogs of ${LOGS}, ${kind} chain`
    if (!isWanted(context, name)) continue
    const servers: Server[] = []
    try {
      for (const engine of serversOf(context)) {
        servers.push(await startOfLength(engine, blocks[engine]))
        context.note(`${kind} chain: ${engine} with ${blocks[engine]} blocks`)
      }
      const filter = { fromBlock: '0x0', toBlock: 'latest', address: TOKEN, topics: [TRANSFER_TOPIC] }
      const bodies = [callOf('eth_getLogs', [filter], 1)]
      await measureCase(context, load, { name, bodies, items: 1 }, servers)
    } finally {
      for (const server of servers) await server.stop()
    }
  }
}

async function measureCase(
  context: BenchContext,
  load: RpcLoad,
  { name, bodies, items }: Case,
  servers: readonly Server[],
): Promise<void> {
  const seconds = context.tiny ? 0.05 : Number(context.options.seconds ?? 1)
  const connections = context.tiny ? 2 : Number(context.options.connections ?? 16)
  const order = { bodies, connections, measuredMs: 1000 * seconds }
  const rates = new Map<ServerName, number[]>(servers.map(({ engine }) => [engine, []]))
  const sizes = new Map<ServerName, number>()
  for (let repeat = 0; repeat < context.repeats; repeat++)
    for (const { engine, port } of servers) {
      const warmUpMs = (repeat === 0 ? FIRST_WARM_UP_MS : WARM_UP_MS) * seconds
      const { answers, elapsedMs, share, sample } = await load.run({ ...order, port, warmUpMs })
      if (!sample.includes('"result":') || sample.includes('"error":') || sample.includes('"result":null'))
        throw new Error(`${engine}, ${name}: ${sample.slice(0, 500)}`)
      rates.get(engine)!.push((1000 * answers * items) / elapsedMs)
      sizes.set(engine, sample.length)
      if (share > BUSY) context.note(`${engine}: the client had ${Math.round(100 * share)} % of its core`)
    }
  const medians = new Map([...rates].map(([engine, values]) => [engine, median(values)]))
  for (const [engine, value] of medians) {
    const metric = items === 1 ? 'requests' : 'items'
    const checksum = `answers of ${sizes.get(engine)} bytes`
    context.report({ case: name, metric, value, unit: '1/s', engine, checksum })
  }
  noteRatios(context, medians)
}

function isWanted({ options }: BenchContext, name: string): boolean {
  return options.case === undefined || name.includes(String(options.case))
}

function callOf(method: string, params: unknown[], id: number): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}
