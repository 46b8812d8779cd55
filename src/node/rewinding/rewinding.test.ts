import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callNode, sealedBlock, signedTransaction, testNodes } from '../testing/index.ts'

const { start } = testNodes()

const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const STRANGER = '0x00000000000000000000000000000000000000aa'

type Node = Awaited<ReturnType<typeof start>>

async function send(node: Node, nonce: bigint, value = 1n): Promise<string> {
  const raw = signedTransaction({ nonce, gasLimit: 21_000n, value, to: STRANGER })
  return callNode(node, 'eth_sendRawTransaction', [raw])
}

const number = async (node: Node): Promise<bigint> => BigInt(await callNode(node, 'eth_blockNumber', []))
const balance = async (node: Node): Promise<bigint> =>
  BigInt(await callNode(node, 'eth_getBalance', [STRANGER, 'latest']))
const nonce = async (node: Node): Promise<bigint> =>
  BigInt(await callNode(node, 'eth_getTransactionCount', [SENDER, 'latest']))

/** Of the blocks up to a number. */
async function hashes(node: Node, last: bigint): Promise<string[]> {
  const found: string[] = []
  for (let at = 0n; at <= last; at++)
    found.push((await callNode(node, 'eth_getBlockByNumber', [`0x${at.toString(16)}`, false])).hash)
  return found
}

describe('snapshots of the chain', () => {
  it('bring back state and blocks, once each, also over a restart', async () => {
    const node = await start({ blockMs: 50 })
    assert.equal(await callNode(node, 'evm_snapshot', []), '0x0')
    await send(node, 0n)
    assert.equal(await callNode(node, 'evm_snapshot', []), '0x1')
    const at = await number(node)
    const second = await send(node, 1n)
    await sealedBlock(node, `0x${(at + 2n).toString(16)}`)
    assert.equal(await balance(node), 2n)
    const before = await hashes(node, at)
    assert.equal(await callNode(node, 'evm_revert', ['0x1']), true)
    assert.deepEqual([await balance(node), await nonce(node)], [1n, 1n])
    const head = await number(node)
    assert.deepEqual(await hashes(node, head), before.slice(0, Number(head) + 1))
    assert.equal(await callNode(node, 'eth_getTransactionReceipt', [second]), null)
    assert.equal(await callNode(node, 'evm_revert', ['0x1']), false)
    await send(node, 1n, 5n)
    await sealedBlock(node, `0x${(at + 2n).toString(16)}`)
    assert.equal(await balance(node), 6n)
    await node.close()
    const again = await start({ blockMs: 50 })
    assert.deepEqual([await balance(again), await nonce(again)], [6n, 2n])
    const proof = await callNode(again, 'eth_getProof', [STRANGER, [], 'latest'])
    assert.equal(proof.balance, '0x6')
  })

  it('hold what was written outside of transactions', async () => {
    const node = await start()
    await callNode(node, 'anvil_setBalance', [STRANGER, '0x5'])
    const id = await callNode(node, 'evm_snapshot', [])
    await callNode(node, 'anvil_setBalance', [STRANGER, '0x6'])
    await send(node, 0n)
    assert.equal(await balance(node), 7n)
    assert.equal(await callNode(node, 'evm_revert', [id]), true)
    assert.deepEqual([await balance(node), await nonce(node)], [5n, 0n])
    await send(node, 0n)
    assert.equal(await balance(node), 6n)
  })
})

describe('anvil_rollback', () => {
  it('gives up blocks, and refuses more than there are', async () => {
    const node = await start({ blockMs: 40 })
    await send(node, 0n)
    await sealedBlock(node, '0x6')
    await assert.rejects(
      callNode(node, 'anvil_rollback', [1_000_000]),
      /must not exceed current chain height/,
    )
    const before = await number(node)
    await callNode(node, 'anvil_rollback', [4])
    assert.ok((await number(node)) <= before)
    await callNode(node, 'anvil_rollback', [])
    await sealedBlock(node, '0x9')
  })
})
