import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { LocalNetwork } from '../../src/node/index.ts'
import {
  accounts,
  bytes,
  eventually,
  HttpRpc,
  hex,
  type Json,
  NetworkCommand,
  needsNode,
  signTransaction,
} from '../lib/index.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const READY_LIMIT_MS = 60_000

/** Of the nodes whose command names a folder. */
function pidsOf(folder: string): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => line.includes(`--data ${folder}`)).map((line) => Number.parseInt(line, 10))
}

const start = (folder: string) => new NetworkCommand(MAIN, folder, '--block-ms', '300')
const numberOf = async (rpc: HttpRpc): Promise<number> => Number(await rpc.call('eth_blockNumber'))

describe('leveret network', needsNode, () => {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-network-'))
  let network = start(folder)
  after(async () => {
    await network.end('SIGINT')
    rmSync(folder, { recursive: true, force: true })
  })

  it('starts a sequencer, two replicas and a full node, which have the same a moment later', async () => {
    const [, url] = await network.says(/ready at (\S+)/)
    const rpc = new HttpRpc(url!)
    const members: Json[] = await eventually('all that follow a source', async () => {
      const all: Json[] = await rpc.call('leveret_network')
      return all.slice(1).every(({ status }) => status?.following?.source) ? all : undefined
    })
    assert.deepEqual(
      members.map(({ name, status }) => [name, status.role]),
      [
        ['sequencer', 'sequencer'],
        ['replica 1', 'replica'],
        ['replica 2', 'replica'],
        ['full node', 'fullNode'],
      ],
    )
    const [first, second, full] = members.slice(1).map(({ status }) => status.following.source)
    assert.equal(first, full)
    assert.notEqual(second, first, 'the second replica follows the first')
    const raw = signTransaction(
      {
        ...{ type: 2, chainId: 31337n, nonce: 0n, gasLimit: 21_000n, maxFeePerGas: 10n ** 10n, value: 1n },
        to: bytes('0x00000000000000000000000000000000000cafe1'),
      },
      accounts[0]!.key,
    )
    // Through the one that is farthest away.
    const far = new HttpRpc(members[2].url)
    const receipt = await far.call('eth_sendRawTransactionSync', [hex(raw), 10_000])
    assert.equal(receipt.status, '0x1')
    for (const { url } of members) {
      const member = new HttpRpc(url)
      const block = await eventually('the block everywhere', async () => {
        const found = await member.call('eth_getBlockByNumber', [receipt.blockNumber, false])
        return found?.hash ? found : undefined
      })
      const { hash } = await eventually('the sequencer’s header', async () => {
        const found = await rpc.call('eth_getBlockByNumber', [receipt.blockNumber, false])
        return found?.hash ? found : undefined
      })
      assert.equal(block.hash, hash)
      member.close()
    }
    far.close()
    rpc.close()
  })

  it('starts a node again that ends by itself', async () => {
    const [, , url] = await network.says(/(replica 1) +(\S+)/)
    const [pid] = pidsOf(join(folder, 'replica-1'))
    process.kill(pid!, 'SIGKILL')
    await network.says(/\[replica 1\] ended by itself \(SIGKILL\); it is started again in 1 s/)
    const replica = new HttpRpc(url!)
    await eventually(
      'the replica follows again',
      async () => {
        const status = await replica.call('leveret_nodeStatus').catch(() => undefined)
        return status?.following?.source === undefined ? undefined : status
      },
      READY_LIMIT_MS,
    )
    replica.close()
  })

  it('ends all of them in order, and goes on where it stopped', async () => {
    const [, url] = await network.says(/ready at (\S+)/)
    const before = new HttpRpc(url!)
    const number = await numberOf(before)
    before.close()
    assert.equal(await network.end('SIGINT'), 0)
    assert.match(network.output, /Stopped/)
    assert.deepEqual(pidsOf(folder), [])
    network = start(folder)
    const [, again] = await network.says(/ready at (\S+)/)
    const rpc = new HttpRpc(again!)
    assert.ok((await numberOf(rpc)) >= number)
    assert.equal((await rpc.call('leveret_network')).length, 4)
    rpc.close()
  })

  it('ends with whoever started it', async () => {
    assert.ok(pidsOf(folder).length > 0)
    await network.end('SIGKILL')
    await eventually('nobody is left', async () => pidsOf(folder).length === 0 || undefined, READY_LIMIT_MS)
  })
})

describe('a network that is told to stop while it starts', needsNode, () => {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-network-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  function startUntil(stopping: AbortController, started?: string): Promise<LocalNetwork> {
    return LocalNetwork.start({
      ...{ data: folder, fresh: false, basePort: undefined, sequencerArgs: [], program: MAIN },
      onNews: ({ name, event }) => {
        if (name === started && event === 'started') stopping.abort()
      },
      signal: stopping.signal,
    })
  }

  it('starts nobody when it knows that before', async () => {
    const stopping = new AbortController()
    const network = startUntil(stopping)
    stopping.abort()
    await assert.rejects(network, { name: 'AbortError' })
    assert.deepEqual(pidsOf(folder), [])
  })

  for (const started of ['sequencer', 'replica 1'])
    it(`leaves nobody behind when the ${started} has started`, async () => {
      await assert.rejects(startUntil(new AbortController(), started), { name: 'MemberNotStartedError' })
      assert.deepEqual(pidsOf(folder), [])
    })
})
