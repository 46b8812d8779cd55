import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ERROR_CODES } from '../../src/rpc/errors.ts'
import { METHODS } from '../../src/rpc/methods/index.ts'
import { RpcServer } from '../../src/rpc/RpcServer.ts'
import { FakeChain, listen, signTransfer } from '../../src/rpc/testing/index.ts'
import { RequestAttack } from './requests/RequestAttack.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const REQUESTS = 500

describe('requests in which anything may be wrong', () => {
  it(`are answered with a result or a known error, and leave nothing behind (seed ${SEED})`, async () => {
    const chain = new FakeChain()
    const failures: unknown[] = []
    const limits = { syncTimeoutMs: 1, maxSyncTimeoutMs: 1, filterTimeoutMs: 1 }
    const server = new RpcServer(chain, limits, (error) => failures.push(error))
    const raws = [await signTransfer(0), await signTransfer(1)]
    await chain.submit(Buffer.from(raws[0]!.slice(2), 'hex'))
    const hash = `0x${Buffer.from(chain.blocks.at(-1)!.transactions[0]!.hash).toString('hex')}`
    const codes = new Set(Object.values(ERROR_CODES))
    codes.delete(ERROR_CODES.internalError)
    const listening = await listen(server)
    try {
      const attack = new RequestAttack({
        ...{ port: listening.port, seed: SEED, codes, methods: [...METHODS.keys()] },
        known: { addresses: [`0x${'11'.repeat(20)}`], hashes: [hash], raws },
      })
      await attack.run(() => attack.sent >= REQUESTS || failures.length > 0)
      assert.deepEqual(failures, [])
      assert.ok(attack.answered > REQUESTS / 2, `${attack.answered} answers`)
      // Connections and subscriptions end with their clients, filters by themselves.
      for (let open = -1; open > 0 || chain.listeners.size > 0 || open === -1; await delay(10))
        open = await new Promise((resolve) => listening.http.getConnections((_, count) => resolve(count)))
    } finally {
      await listening.close()
    }
  })
})
