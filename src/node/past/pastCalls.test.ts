import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPublicClient, type Hex, webSocket } from 'viem'
import { ACCOUNT, callNode, count, LOOK, testNodes, words } from '../testing/index.ts'

const { start } = testNodes()

const quantity = (number: bigint) => `0x${number.toString(16)}`

describe('calls at past blocks', () => {
  it('see the state and the block, over http and WebSocket', async () => {
    const node = await start()
    const { client, address, blocks } = await count(node, 5)
    const socket = createPublicClient({ transport: webSocket(node.url.replace('http', 'ws')) })
    for (const { number, count } of blocks) {
      const block = await client.getBlock({ blockNumber: number })
      for (const each of [client, socket]) {
        const { data } = await each.call({ to: address, data: LOOK, blockNumber: number })
        const [slot, ...rest] = words(data)
        assert.equal(BigInt(slot!), count)
        assert.deepEqual(rest.slice(0, 2).map(BigInt), [number, block.timestamp])
        assert.equal(rest[2], block.parentHash)
      }
    }
    await (await socket.transport.getRpcClient()).close()
  })

  it('take blocks by hash, tags, and objects of EIP-1898', async () => {
    const node = await start()
    const { client, address, blocks } = await count(node, 3)
    const { number, count: expected } = blocks[1]!
    const { hash } = await client.getBlock({ blockNumber: number })
    const slotAt = async (block: unknown) => {
      const data: Hex = await callNode(node, 'eth_call', [{ to: address, data: LOOK }, block])
      return data === '0x' ? undefined : BigInt(words(data)[0]!)
    }
    for (const block of [{ blockHash: hash }, { blockNumber: quantity(number) }, quantity(number)])
      assert.equal(await slotAt(block), expected)
    assert.equal(await slotAt('earliest'), undefined)
    assert.equal(await slotAt('latest'), 3n)
    for (const tag of ['safe', 'finalized']) assert.ok((await slotAt(tag)) !== undefined)
  })

  it('estimate with the slots as they were', async () => {
    const { client, address, blocks } = await count(await start(), 3)
    const estimates = []
    for (const { number } of blocks)
      estimates.push(await client.estimateGas({ account: ACCOUNT, to: address, blockNumber: number }))
    // A slot that becomes other than zero takes 17,100 gas more than one that was so already.
    const [first, second, third] = estimates
    assert.ok(first! > second! + 15_000n, `${estimates}`)
    assert.equal(second, third)
  })

  it('take overrides, and leave nothing of them', async () => {
    const node = await start()
    const { client, address, blocks } = await count(node, 2)
    const { number, count: expected } = blocks[1]!
    const look = async (value?: Hex) => {
      const stateDiff = value === undefined ? [] : [{ slot: `0x${'00'.repeat(32)}` as Hex, value }]
      const { data } = await client.call({
        ...{ to: address, data: LOOK, blockNumber: number },
        stateOverride: [{ address, stateDiff }],
        blockOverrides: { time: 77n },
      })
      return words(data).slice(0, 3).map(BigInt)
    }
    assert.deepEqual(await look(`0x${'00'.repeat(31)}2a`), [42n, number, 77n])
    assert.deepEqual(await look(), [expected, number, 77n])
  })

  it('revert as they did, and say what is not kept or not there', async () => {
    const node = await start({ history: 2 })
    const { client, address, blocks } = await count(node, 4)
    const older = client.call({ to: address, data: LOOK, blockNumber: blocks[0]!.number })
    await assert.rejects(older, /missing trie node 0x[0-9a-f]{64} \(path \) state .* is not available/)
    await assert.rejects(client.call({ to: address, blockNumber: 1n << 40n }), /header not found/)
    const newest = blocks.at(-1)!
    // Asks for more ether than anybody has.
    const poor = client.call({ account: address, to: ACCOUNT.address, value: 1n, blockNumber: newest.number })
    await assert.rejects(poor, /insufficient funds/)
  })
})
