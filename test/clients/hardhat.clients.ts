import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accounts, type Chain, HttpRpc, startChain } from '../lib/index.ts'
import { run } from './clients.ts'

const HARDHAT = 'hardhat/dist/src/cli.js'

let chain: Chain
let rpc: HttpRpc
before(async () => {
  chain = await startChain({ mining: 'auto' })
  rpc = new HttpRpc(chain.url)
})
after(async () => {
  rpc?.close()
  await chain?.stop()
})

describe('a Hardhat 3 project', () => {
  const hardhat = (...args: string[]): Promise<string> =>
    run('hardhat', HARDHAT, {
      args: [...args, '--network', 'leveret'],
      env: {
        RPC_URL: chain.url,
        PRIVATE_KEY: accounts[1]!.privateKey,
        HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true',
      },
    })

  it('passes its tests against the url', async () => {
    assert.match(await hardhat('test', 'nodejs'), /8 passing/)
  })

  it('deploys with a script', async () => {
    const output = await hardhat('run', 'scripts/deploy.js')
    const [, address] = /Counter is at (0x[0-9a-fA-F]{40})/.exec(output) ?? []
    assert.ok(address !== undefined, output)
    assert.ok((await rpc.call('eth_getCode', [address, 'latest'])).length > 2)
  })
})
