/**
 * `npm run bench -- latency`: one client on loopback, from sending a transaction to having its receipt; http (one
 * kept-alive connection) and WebSocket; `eth_sendRawTransactionSync`, and `eth_sendRawTransaction` followed by asking
 * for the receipt. Leveret, anvil and Hardhat's node, where it is installed, take turns of some transactions, so that all
 * see the same machine and each is awake when its turn has begun. Hardhat's has no synchronous send: it is asked for the
 * receipt once it has answered, when it has executed.
 */
import { type Chain, RawHttpRpc, startChain, WsRpc } from '../test/lib/index.ts'
import { type Bench, type BenchContext, percentileOf } from './harness.ts'
import { HardhatNode } from './lib/hardhatNode.ts'
import { noteRatios } from './lib/noteRatios.ts'
import { type ServerName, serversOf } from './lib/rpcServers.ts'
import { signedTransfers } from './lib/signedTransfers.ts'

/** Of each engine: until V8 has optimised what a transaction passes, a node of ours takes half as long again. */
const WARM_UP = 1000
/**
 * Transactions in one turn; the first of each is not counted. Of less than 50 ms of work after a rest, some kernels keep all
 * threads on one core: with 25 to a turn the median was twice as long, throughout the turn.
 */
const TURN = 250
const MAX_LOOKS = 10_000

export const bench: Bench = {
  name: 'latency',
  summary: 'send to receipt of one client on loopback, http and WebSocket, next to anvil and Hardhat',
  options: {
    count: { type: 'string', help: 'transactions per case and engine (default 1000)' },
    only: { type: 'string', help: 'leveret, anvil or hardhat alone' },
  },
  async run(context) {
    const { tiny, options } = context
    const count = tiny ? 3 : Number(options.count ?? 1000)
    for (const way of WAYS) await measureWay(context, way, count)
  },
}

/** Reports p50 and p99 of one way of sending, of all engines. */
export async function measureWay(context: BenchContext, way: Way, count: number): Promise<void> {
  const { tiny } = context
  const warmUp = tiny ? 1 : WARM_UP
  // A fresh chain for each: what came before must not slow what is measured.
  const engines = await startEngines(context)
  try {
    const times = await takeTurns(engines, way, signedTransfers(0, warmUp + count))
    reportTimes(context, way, new Map([...times].map(([target, all]) => [target, all.slice(warmUp)])))
  } finally {
    for (const engine of engines) {
      engine.http.close()
      engine.socket.close()
      await engine.chain.stop()
    }
  }
}

function reportTimes(context: BenchContext, way: Way, times: Map<ServerName, number[]>): void {
  for (const p of [50, 99]) {
    const values = new Map<ServerName, number>()
    for (const [target, all] of times) {
      const value = percentileOf(all, p)
      const checksum = `${all.length} receipts`
      context.report({ case: way.name, metric: `p${p}`, value, unit: 'ms', engine: target, checksum })
      values.set(target, value)
    }
    noteRatios(context, values, 'less')
  }
}

type Engine = { target: ServerName; chain: Chain | HardhatNode; http: RawHttpRpc; socket: WsRpc }

export type Way = { name: string; sync: boolean; transport: 'http' | 'ws' }

const WAYS: Way[] = [
  { name: 'http, synchronous send', sync: true, transport: 'http' },
  { name: 'http, send then ask', sync: false, transport: 'http' },
  { name: 'WebSocket, synchronous send', sync: true, transport: 'ws' },
  { name: 'WebSocket, send then ask', sync: false, transport: 'ws' },
]

async function startEngines(context: BenchContext): Promise<Engine[]> {
  const engines: Engine[] = []
  for (const target of serversOf(context)) {
    const chain = target === 'hardhat' ? await HardhatNode.start() : await startChain({ target })
    engines.push({
      target,
      chain,
      http: await RawHttpRpc.open(chain.url),
      socket: await WsRpc.open(chain.wsUrl),
    })
  }
  return engines
}

/** Milliseconds of every transaction, per engine. */
async function takeTurns(
  engines: Engine[],
  way: Way,
  transactions: string[],
): Promise<Map<ServerName, number[]>> {
  const times = new Map<ServerName, number[]>(engines.map(({ target }) => [target, []]))
  for (let from = 0; from < transactions.length; from += TURN) {
    for (const engine of engines) {
      for (const [i, raw] of transactions.slice(from, from + TURN).entries()) {
        const start = process.hrtime.bigint()
        const status = await sendAndGetReceipt(engine, way, raw)
        if (i > 0) times.get(engine.target)!.push(Number(process.hrtime.bigint() - start) / 1e6)
        if (status !== '0x1') throw new Error(`${engine.target}: a transfer ended with status ${status}`)
      }
    }
  }
  return times
}

async function sendAndGetReceipt(engine: Engine, way: Way, raw: string): Promise<unknown> {
  const call =
    way.transport === 'http'
      ? httpCall(engine.http)
      : (method: string, parameter: string) => engine.socket.call(method, [parameter])
  if (way.sync && engine.target !== 'hardhat') return (await call('eth_sendRawTransactionSync', raw)).status
  const hash = (await call('eth_sendRawTransaction', raw)) as unknown as string
  for (let look = 0; look < MAX_LOOKS; look++) {
    const receipt = await call('eth_getTransactionReceipt', hash)
    if (receipt) return receipt.status
  }
  throw new Error(`${engine.target}: no receipt of ${hash}`)
}

function httpCall(http: RawHttpRpc): (method: string, parameter: string) => Promise<{ status: string }> {
  return async (method, parameter) => {
    const answer = await http.post(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":["${parameter}"]}`)
    const { result, error } = JSON.parse(answer)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
}
