import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import type { Address } from 'viem'
import { accounts, type Chain, Clients, compile, eventually, freePort, startChain } from '../lib/index.ts'
import { start } from './clients.ts'

const token = compile('Token')
const [, bob, carol] = accounts.map(({ address }) => address)

let chain: Chain
let clients: Clients
let at: Address
before(async () => {
  chain = await startChain()
  clients = new Clients(chain)
  at = await clients.deploy(token, ['Gold', 'AU'])
})
after(async () => {
  await clients?.close()
  await chain?.stop()
})

/** Mints or transfers, from account 0 or `who`. */
async function write(functionName: 'mint' | 'transfer', args: [Address, bigint], who = 0): Promise<void> {
  const hash = await clients.wallet(who).writeContract({ address: at, abi: token.abi, functionName, args })
  assert.equal((await clients.receipt(hash)).status, 'success')
}

describe('ponder', () => {
  it('indexes an ERC-20: what was, and what comes while it follows', async () => {
    await write('mint', [bob!, 50n])
    await write('transfer', [carol!, 20n], 1)
    const port = await freePort()
    const { child, output } = start('ponder', 'ponder/dist/esm/bin/ponder.js', {
      args: ['start', '--schema', 'test', '--port', String(port), '--hostname', '127.0.0.1'],
      env: { RPC_URL: chain.url, TOKEN: at, PONDER_TELEMETRY_DISABLED: '1' },
    })
    try {
      await eventually('the past transfers', () => hasBalances(port, { [bob!]: 30n, [carol!]: 20n }), 60_000)
      for (let i = 0; i < 10; i++) await write('transfer', [carol!, 1n], 1)
      await write('mint', [bob!, 5n])
      await eventually('the new transfers', () => hasBalances(port, { [bob!]: 25n, [carol!]: 30n }), 30_000)
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${output()}`, { cause: error })
    } finally {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    }
  })
})

async function hasBalances(port: number, wanted: Record<Address, bigint>): Promise<true | undefined> {
  const query = '{ accounts { items { address balance } } }'
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  }).catch(() => undefined)
  if (response?.ok !== true) return undefined
  type Answer = { data?: { accounts: { items: { address: string; balance: string }[] } } }
  const { data } = (await response.json()) as Answer
  const found = new Map(data?.accounts.items.map(({ address, balance }) => [address, BigInt(balance)]))
  const matches = Object.entries(wanted).every(([who, balance]) => found.get(who.toLowerCase()) === balance)
  return matches ? true : undefined
}
