import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { describe, it } from 'node:test'
import { RpcServer } from '../../src/rpc/RpcServer.ts'
import { FakeChain, listen, signTransfer } from '../../src/rpc/testing/index.ts'
import { eventually } from '../lib/index.ts'
import { RequestAttack } from './requests/RequestAttack.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const REQUESTS = 500
const ENDING_LIMIT_MS = 60_000

describe('requests in which anything may be wrong', () => {
  it(`are answered with a result or a known error, and leave nothing behind (seed ${SEED})`, async () => {
    const chain = new FakeChain()
    const failures: unknown[] = []
    const limits = { syncTimeoutMs: 1, maxSyncTimeoutMs: 1, filterTimeoutMs: 1 }
    const server = new RpcServer(chain, limits, (error) => failures.push(error))
    const raws = [await signTransfer(0), await signTransfer(1)]
    await chain.submit(Buffer.from(raws[0]!.slice(2), 'hex'))
    const hash = `0x${Buffer.from(chain.blocks.at(-1)!.transactions[0]!.hash).toString('hex')}`
    const listening = await listen(server)
    try {
      const attack = new RequestAttack({
        port: listening.port,
        seed: SEED,
        known: { addresses: [`0x${'11'.repeat(20)}`], hashes: [hash], raws },
      })
      await attack.run(() => attack.sent >= REQUESTS || failures.length > 0)
      assert.deepEqual(failures, [])
      assert.ok(attack.answered > REQUESTS / 2, `${attack.answered} answers`)
      // Connections and subscriptions end with their clients, filters by themselves.
      const isOver = async () => (await openConnections(listening.http)) === 0 && chain.listeners.size === 0
      const what = 'every connection and subscription of the clients that left has ended'
      await eventually(what, async () => ((await isOver()) ? true : undefined), ENDING_LIMIT_MS)
    } finally {
      await listening.close()
    }
  })
})

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
}
