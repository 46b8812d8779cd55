/** The program as a replica whose source no longer has what comes next. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { snapshotDb, startNode } from '../../src/node/index.ts'
import type { Node } from '../../src/node/nodeOptions.ts'
import { callNode } from '../../src/node/testing/index.ts'
import { type Chain, eventually, HttpRpc, needsNode, startChain } from '../lib/index.ts'

const RECEIVER = '0x00000000000000000000000000000000000b0b01'

describe('a replica that was away for too long', needsNode, () => {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-renewal-'))
  const data = join(folder, 'sequencer')
  let sequencer: Node | undefined
  let replica: Chain | undefined

  after(async () => {
    await replica?.kill()
    await sequencer?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function startSequencer(): Promise<Node> {
    sequencer = await startNode({
      ...{ port: 0, data, mining: 'interval', blockMs: 100, memoryMiB: 384, publish: { port: 0 } },
    })
    return sequencer
  }

  async function stopSequencer(): Promise<void> {
    await sequencer?.close()
    sequencer = undefined
  }

  const startReplica = (replicaOf: string) =>
    startChain({ replicaOf, dataFolder: join(folder, 'replica'), extraArguments: ['--memory-mb', '384'] })

  async function shows(url: string, balance: string): Promise<void> {
    const rpc = new HttpRpc(url)
    const read = () => rpc.call('eth_getBalance', [RECEIVER, 'latest']).catch(() => undefined)
    await eventually(`a balance of ${balance}`, async () => (await read()) === balance || undefined)
    rpc.close()
  }

  it('takes a newer snapshot by itself, whenever it learns that, and goes on', async () => {
    const first = await startSequencer()
    await callNode(first, 'anvil_setBalance', [RECEIVER, '0x5'])
    replica = await startReplica(first.feedUrl!)
    await shows(replica.url, '0x5')
    await replica.stop()
    await callNode(first, 'anvil_setBalance', [RECEIVER, '0x6'])
    const number = async () => Number(await callNode(first, 'eth_blockNumber', []))
    const then = await number()
    await eventually('a block', async () => (await number()) > then + 1 || undefined)
    await stopSequencer()

    // Its stream begins anew at its newest snapshot.
    await snapshotDb({ data, onProgress: () => {} })
    rmSync(join(data, 'feed'), { recursive: true })
    const second = await startSequencer()
    replica = await startReplica(second.feedUrl!)
    await shows(replica.url, '0x6')
    assert.match(replica.output, /PRUNED/)
    await callNode(second, 'anvil_setBalance', [RECEIVER, '0x7'])
    await shows(replica.url, '0x7')
  })
})
