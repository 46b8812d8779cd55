import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import { until } from '../../src/node/testing/index.ts'
import { Liar } from './Liar.ts'
import { NatsServer, NO_NATS } from './NatsServer.ts'
import { type NetworkNode, NetworkNodes } from './NetworkNodes.ts'

/** The first account of the local chain's genesis. */
const SENDER = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const RECEIVER = `0x${'b0'.repeat(20)}` as const

let nodes: NetworkNodes
let nonce: number

beforeEach(() => {
  nodes = new NetworkNodes()
  nonce = 0
})
afterEach(() => nodes.close())

describe('the open network', () => {
  it('lets a node in by one address, which syncs, serves, and goes on when that one is gone', async () => {
    const peering = { port: 0 }
    const sequencer = await nodes.start('sequencer', { peering })
    await pay(sequencer)
    const first = await nodes.start('first', { replica: { from: [sequencer.peerAddress] }, peering })
    const second = await nodes.start('second', { replica: { from: [first.peerAddress] }, peering })
    for (const node of [first, second]) await has(node, 1)
    const fourth = await nodes.start('fourth', { replica: { from: [first.peerAddress] } })
    await has(fourth, 1)
    await until('three peers', async () => (await peersOf(fourth)).length === 3)
    await first.end('SIGKILL')
    await pay(second)
    await has(fourth, 2)
    const fifth = await nodes.start('fifth', { replica: { from: [fourth.peerAddress] } })
    await pay(fifth)
    for (const node of [second, fourth, fifth]) await has(node, 3)
    await sameBlocks([sequencer, second, fourth, fifth])
  })

  it('drops a peer that sends what the sequencer has not signed, and goes on with others', async () => {
    const sequencer = await nodes.start('sequencer', { peering: { port: 0 } })
    await pay(sequencer)
    const liar = await Liar.start(sequencer.peerAddress)
    try {
      const replica = await nodes.start('replica', { replica: { from: [liar.address] } })
      await has(replica, 1)
      await until('both peers', async () => (await peersOf(replica)).length === 2 && liar.peers.size === 2)
      const name = nameOf(liar.address)
      liar.lie()
      await pay(sequencer)
      await has(replica, 2)
      await until('the end of the liar', () => !liar.peers.has(nameOf(replica.peerAddress)))
      await pay(replica)
      await has(replica, 3)
      assert.match(replica.lines.join('\n'), new RegExp(`source_set_aside .*${name}.*WRONG_SIGN`))
      await until('the end of its name', async () => !(await peersOf(replica)).includes(name))
    } finally {
      await liar.close()
    }
  })
})

describe('a chain in NATS', { skip: NO_NATS }, () => {
  it('is followed by nodes that know only the place there, and take and pass on transactions', async () => {
    const server = await NatsServer.start()
    try {
      const nats = `${server.url}/chain`
      const sequencer = await nodes.start('sequencer', { nats })
      await pay(sequencer)
      let first: NetworkNode | undefined
      await until('the first replica', async () => {
        first = await nodes.start('first', { replica: { from: [nats] } }).catch(() => undefined)
        return first !== undefined
      })
      const second = await nodes.start('second', { replica: { from: [nats] } })
      await pay(second)
      for (const node of [first!, second]) await has(node, 2)
      await sameBlocks([sequencer, first!, second])
    } finally {
      await nodes.close()
      await server.close()
    }
  })
})

/** As sources are named that are peers. */
function nameOf(peerAddress: string): string {
  return `/p2p/${peerAddress.split('/p2p/')[1]}`
}

/** One more transaction, by way of some node, as soon as that has a way to the sequencer. */
async function pay(node: NetworkNode): Promise<void> {
  const raw = await SENDER.signTransaction({
    ...{ chainId: 31_337, type: 'eip1559', nonce: nonce++, gas: 21_000n, to: RECEIVER, value: 1n },
    ...{ maxFeePerGas: 10_000_000_000n, maxPriorityFeePerGas: 1n },
  })
  await until('a way to the sequencer', async () => {
    try {
      return (await node.call('eth_sendRawTransaction', [raw])) !== undefined
    } catch (error) {
      if (/can't be reached/.test((error as Error).message)) return false
      throw error
    }
  })
}

/** Waits until a node has so many of the transactions. */
async function has(node: NetworkNode, count: number): Promise<void> {
  try {
    await until(
      `a balance of ${count}`,
      async () => BigInt(await node.call('eth_getBalance', [RECEIVER, 'latest'])) === BigInt(count),
    )
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${nodes.lines}`)
  }
}

/** Names of the peers that a replica may follow. */
async function peersOf(node: NetworkNode): Promise<string[]> {
  const { following } = await node.call('leveret_nodeStatus')
  const names = following.sources.map(({ name }: { name: string }) => name)
  return names.filter((name: string) => name.startsWith('/p2p/'))
}

async function sameBlocks(all: readonly NetworkNode[]): Promise<void> {
  const block = (node: NetworkNode) => node.call('eth_getBlockByNumber', ['latest', false])
  let blocks: { number: string; hash: string | null }[] = []
  // Those that are compared are of one number, though the next one may come while some are asked.
  await until('one block everywhere', async () => {
    blocks = await Promise.all(all.map(block))
    return blocks.every(({ hash, number }) => hash !== null && number === blocks[0]!.number)
  })
  const hashes = blocks.map(({ hash }) => hash)
  assert.equal(new Set(hashes).size, 1, hashes.join(' '))
}
