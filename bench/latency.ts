/**
 * `npm run bench -- latency`: one client on loopback, from sending a transaction to having its receipt; http (one
 * kept-alive connection) and WebSocket; `eth_sendRawTransactionSync`, and `eth_sendRawTransaction` followed by asking
 * for the receipt. Leveret and anvil take turns of some transactions, so that both see the same machine and each is
 * awake when its turn has begun.
 */
import {
  accounts,
  bytes,
  type Chain,
  hex,
  RawHttpRpc,
  signTransaction,
  startChain,
  type Target,
  unfundedAccount,
  WsRpc,
} from '../test/lib/index.ts'
import { type Bench, type BenchContext, percentile } from './harness.ts'
import { enginesOf } from './lib/enginesOf.ts'

const WARM_UP = 200
/** Transactions in one turn; the first of each is not counted. */
const TURN = 25
const MAX_FEE = 10n ** 12n
const MAX_LOOKS = 10_000

export const bench: Bench = {
  name: 'latency',
  summary: 'send to receipt of one client on loopback, http and WebSocket, next to anvil',
  options: {
    count: { type: 'string', help: 'transactions per case and engine (default 1000)' },
    only: { type: 'string', help: 'leveret or anvil alone' },
  },
  async run(context) {
    const { tiny, options } = context
    const count = tiny ? 3 : Number(options.count ?? 1000)
    for (const way of WAYS) await measureWay(context, way, count)
  },
}

/** Reports p50 and p99 of one way of sending, of both engines. */
export async function measureWay(context: BenchContext, way: Way, count: number): Promise<void> {
  const { tiny, report } = context
  const warmUp = tiny ? 1 : WARM_UP
  // A fresh chain for each: what came before must not slow what is measured.
  const engines = await startEngines(context)
  try {
    const times = await takeTurns(engines, way, signFor(accounts[0]!.key, warmUp + count))
    for (const { target } of engines)
      reportTimes(report, { way, target, times: times.get(target)!.slice(warmUp) })
  } finally {
    for (const engine of engines) {
      engine.http.close()
      engine.socket.close()
      await engine.chain.stop()
    }
  }
}

function reportTimes(
  report: BenchContext['report'],
  { way, target, times }: { way: Way; target: Target; times: number[] },
): void {
  const ascending = times.sort((a, b) => a - b)
  for (const p of [50, 99]) {
    const value = percentile(ascending, p)
    const checksum = `${ascending.length} receipts`
    report({ case: way.name, metric: `p${p}`, value, unit: 'ms', engine: target, checksum })
  }
}

type Engine = { target: Target; chain: Chain; http: RawHttpRpc; socket: WsRpc }

export type Way = { name: string; sync: boolean; transport: 'http' | 'ws' }

const WAYS: Way[] = [
  { name: 'http, synchronous send', sync: true, transport: 'http' },
  { name: 'http, send then ask', sync: false, transport: 'http' },
  { name: 'WebSocket, synchronous send', sync: true, transport: 'ws' },
  { name: 'WebSocket, send then ask', sync: false, transport: 'ws' },
]

async function startEngines(context: BenchContext): Promise<Engine[]> {
  const engines: Engine[] = []
  for (const target of enginesOf(context)) {
    const chain = await startChain({ target })
    engines.push({
      target,
      chain,
      http: await RawHttpRpc.open(chain.url),
      socket: await WsRpc.open(chain.wsUrl),
    })
  }
  return engines
}

function signFor(key: Uint8Array, count: number): string[] {
  const to = bytes(unfundedAccount(901).address)
  return Array.from({ length: count }, (_, nonce) =>
    hex(
      signTransaction(
        {
          type: 2,
          chainId: 31337n,
          nonce: BigInt(nonce),
          gasLimit: 21_000n,
          maxFeePerGas: MAX_FEE,
          to,
          value: 1n,
        },
        key,
      ),
    ),
  )
}

/** Milliseconds of every transaction, per engine. */
async function takeTurns(
  engines: Engine[],
  way: Way,
  transactions: string[],
): Promise<Map<Target, number[]>> {
  const times = new Map<Target, number[]>(engines.map(({ target }) => [target, []]))
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
  if (way.sync) return (await call('eth_sendRawTransactionSync', raw)).status
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
