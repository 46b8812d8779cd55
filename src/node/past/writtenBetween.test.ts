import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hex } from 'viem'
import type { Node } from '../nodeOptions.ts'
import { callNode, count, LOOK, sealedBlock, testNodes, words } from '../testing/index.ts'

const { start } = testNodes()

const STRANGER = '0x00000000000000000000000000000000000000aa'
const POOR = '0x00000000000000000000000000000000000000bb'
/** Adds two to its slot 0. */
const ADDS_TWO: Hex = '0x5f546002015f5500'
const slot = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

/**
 * One block: a counter is deployed and counts to 1; its slot becomes 7, and it counts to 8; an account gets a balance and
 * sends it, twice; the counter gets another code and counts to 10; in the end its slot becomes 99.
 */
async function writtenBlock(node: Node): Promise<{ address: Hex; block: Hex; hashes: Hex[] }> {
  const { wallet, client, address } = await count(node, 0, { waits: false })
  const hashes: Hex[] = []
  const send = async (transaction: Promise<Hex>): Promise<void> => {
    hashes.push(await transaction)
    await client.waitForTransactionReceipt({ hash: hashes.at(-1)! })
  }
  const countOn = () => send(wallet.sendTransaction({ to: address, gas: 100_000n }))
  const spend = async () => {
    await callNode(node, 'anvil_setBalance', [POOR, '0xde0b6b3a7640000'])
    const transaction = { from: POOR, to: STRANGER, value: '0xdbd2fc137a30000', gas: '0x5208' }
    await send(callNode(node, 'eth_sendTransaction', [transaction]))
  }
  await callNode(node, 'anvil_impersonateAccount', [POOR])
  await countOn()
  await callNode(node, 'anvil_setStorageAt', [address, '0x0', slot(7)])
  await countOn()
  await spend()
  await spend()
  await callNode(node, 'anvil_setCode', [address, ADDS_TWO])
  await countOn()
  await callNode(node, 'anvil_setStorageAt', [address, '0x0', slot(99)])
  const { blockNumber: block } = await callNode(node, 'eth_getTransactionReceipt', [hashes[0]])
  return { address, block, hashes }
}

/** What each transaction found in the counter's slot, and left there. */
async function slotsOf(node: Node, { address, hashes }: { address: Hex; hashes: Hex[] }): Promise<unknown[]> {
  const found: unknown[] = []
  for (const hash of hashes) {
    const config = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
    const { pre, post } = await callNode(node, 'debug_traceTransaction', [hash, config])
    const at = (state: typeof pre) => Number(state[address]?.storage?.[slot(0)] ?? 0)
    found.push([at(pre), at(post)])
  }
  return found
}

describe('state that is written between the transactions of a block', () => {
  it('is written there again when they are traced, in the open block and in the sealed one', async () => {
    const node = await start({ blockMs: 3_600_000 })
    const written = await writtenBlock(node)
    const { block, hashes } = written
    const expected = [
      [0, 1],
      [7, 8],
      [0, 0],
      [0, 0],
      [8, 10],
    ]
    assert.deepEqual(await slotsOf(node, written), expected)
    await callNode(node, 'evm_mine', [])
    await sealedBlock(node, block)
    assert.deepEqual(await slotsOf(node, written), expected)
    const traces = await callNode(node, 'debug_traceBlockByNumber', [block, { tracer: 'callTracer' }])
    assert.deepEqual(
      traces.slice(-hashes.length).map(({ result }: { result: { error?: string } }) => result.error),
      hashes.map(() => undefined),
    )
    // Nobody could execute the block with it, but it is made.
    assert.ok((await callNode(node, 'debug_executionWitness', [block])).state.length > 0)
  })

  it('is there for calls in the middle of the block and at its end', async () => {
    const node = await start({ blockMs: 3_600_000 })
    const { address, block, hashes } = await writtenBlock(node)
    const { transactionIndex } = await callNode(node, 'eth_getTransactionReceipt', [hashes[0]])
    const first = Number(transactionIndex)
    const look = { to: address, data: LOOK }
    const lookAt = async (index: number) => {
      const context = { blockNumber: block, transactionIndex: index }
      const [[{ value }]] = await callNode(node, 'eth_callMany', [[{ transactions: [look] }], context])
      return Number(words(`0x${value}`)[0])
    }
    assert.deepEqual(await Promise.all([0, 1, 2, 4].map((after) => lookAt(first + after))), [0, 7, 8, NaN])
    const config = { tracer: 'prestateTracer' }
    const atEnd = await callNode(node, 'debug_traceCall', [{ to: address, gas: '0x186a0' }, block, config])
    assert.equal(Number(atEnd[address].storage[slot(0)]), 99)
  })
})
