import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { listSnapshots } from '../../state/index.ts'
import { callNode, sealedBlock, signedTransaction, testNodes, until } from '../testing/index.ts'

const { folder, start } = testNodes()

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
    const node = await start({ mining: 'auto' })
    assert.equal(await callNode(node, 'evm_snapshot', []), '0x0')
    await send(node, 0n)
    assert.equal(await callNode(node, 'evm_snapshot', []), '0x1')
    const before = await hashes(node, 1n)
    const second = await send(node, 1n)
    await sealedBlock(node, '0x2')
    assert.equal(await balance(node), 2n)
    assert.equal(await callNode(node, 'evm_revert', ['0x1']), true)
    assert.deepEqual([await number(node), await balance(node), await nonce(node)], [1n, 1n, 1n])
    assert.deepEqual(await hashes(node, 1n), before)
    assert.equal(await callNode(node, 'eth_getTransactionReceipt', [second]), null)
    assert.equal(await callNode(node, 'evm_revert', ['0x1']), false)
    await send(node, 1n, 5n)
    await sealedBlock(node, '0x2')
    assert.equal(await balance(node), 6n)
    await node.close()
    const again = await start({ mining: 'auto' })
    assert.deepEqual([await number(again), await balance(again), await nonce(again)], [2n, 6n, 2n])
    assert.deepEqual(await hashes(again, 1n), before)
    const proof = await callNode(again, 'eth_getProof', [STRANGER, [], 'latest'])
    assert.equal(proof.balance, '0x6')
  })

  it('are reached with regular blocks, too, whatever is executed meanwhile', async () => {
    const node = await start({ blockMs: 30 })
    for (let round = 0n; round < 5n; round++) {
      const id = await callNode(node, 'evm_snapshot', [])
      await Promise.all([0n, 1n, 2n].map((nonce) => send(node, nonce)))
      assert.equal(await callNode(node, 'evm_revert', [id]), true)
      assert.deepEqual([await balance(node), await nonce(node)], [0n, 0n])
    }
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

describe('anvil_reorg', () => {
  it('makes other blocks in place of those that it gives up, with transactions in them', async () => {
    const node = await start({ mining: 'auto' })
    for (const nonce of [0n, 1n, 2n]) await send(node, nonce)
    const before = await hashes(node, 3n)
    const raw = signedTransaction({ nonce: 1n, gasLimit: 21_000n, value: 9n, to: STRANGER })
    await callNode(node, 'anvil_reorg', [2, [[raw, 1]]])
    assert.equal(await number(node), 3n)
    const after = await hashes(node, 3n)
    assert.deepEqual(after.slice(0, 2), before.slice(0, 2))
    assert.ok(after[2] !== before[2] && after[3] !== before[3])
    assert.equal((await callNode(node, 'eth_getBlockByNumber', ['0x3', false])).transactions.length, 1)
    assert.equal(await balance(node), 10n)
    await assert.rejects(callNode(node, 'anvil_reorg', [4, []]), /must not exceed current chain height/)
    await assert.rejects(
      callNode(node, 'anvil_reorg', [1, [[raw, 1]]]),
      /will exceed the reorged chain height/,
    )
  })
})

describe('anvil_reset', () => {
  it('goes back to the genesis, also when the reverse diffs do not reach so far', async () => {
    for (const history of [128, 2]) {
      const data = mkdtempSync(join(tmpdir(), 'leveret-reset-'))
      const node = await start({ mining: 'auto', history, data })
      const genesis = await callNode(node, 'eth_getBlockByNumber', ['0x0', false])
      const snapshot = await callNode(node, 'evm_snapshot', [])
      await callNode(node, 'evm_revert', [snapshot])
      for (const nonce of [0n, 1n, 2n, 3n, 4n]) await send(node, nonce)
      await callNode(node, 'anvil_setStorageAt', [SENDER, '0x1', `0x${'11'.repeat(32)}`])
      await callNode(node, 'anvil_setCode', [STRANGER, '0x6001'])
      await callNode(node, 'anvil_reset', [])
      assert.equal(await number(node), 0n)
      assert.deepEqual([await balance(node), await nonce(node)], [0n, 0n])
      assert.equal(await callNode(node, 'eth_getCode', [STRANGER, 'latest']), '0x')
      assert.equal(
        await callNode(node, 'eth_getStorageAt', [SENDER, '0x1', 'latest']),
        `0x${'00'.repeat(32)}`,
      )
      await send(node, 0n)
      const first = await sealedBlock(node, '0x1')
      assert.equal(first.parentHash, genesis.hash)
      assert.equal(await callNode(node, 'evm_revert', ['0x0']), false)
      await node.close()
      const again = await start({ mining: 'auto', history, data })
      assert.deepEqual([await number(again), await balance(again)], [1n, 1n])
      await again.close()
      rmSync(data, { recursive: true })
    }
  })
})

describe('time and snapshots', () => {
  it('goes back to where the clock was', async () => {
    const node = await start({ mining: 'auto' })
    await send(node, 0n)
    const before = BigInt((await callNode(node, 'eth_getBlockByNumber', ['latest', false])).timestamp)
    const id = await callNode(node, 'evm_snapshot', [])
    await callNode(node, 'evm_increaseTime', [100_000])
    await callNode(node, 'evm_mine', [])
    const later = BigInt((await callNode(node, 'eth_getBlockByNumber', ['latest', false])).timestamp)
    assert.ok(later >= before + 100_000n)
    await callNode(node, 'evm_revert', [id])
    await callNode(node, 'evm_mine', [])
    const again = BigInt((await callNode(node, 'eth_getBlockByNumber', ['latest', false])).timestamp)
    assert.ok(again >= before && again < before + 50_000n)
  })
})

describe('snapshots of the state on the disk', () => {
  it('are told apart where block numbers come again, and are started from', async () => {
    const options = { mining: 'auto', snapshotMiB: 0.01, segmentMiB: 0.01, history: 4 } as const
    const isThere = () => listSnapshots(join(folder(), 'snapshots')).some(({ branch }) => branch > 0n)
    const node = await start(options)
    let nonce = 0n
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 12; i++) await send(node, nonce++)
      await callNode(node, 'anvil_rollback', [3])
      nonce -= 3n
      if (round < 2) continue
      // The next one is made as the log grows.
      await until('a snapshot behind a rewind', async () => {
        if (!isThere()) await send(node, nonce++)
        return isThere()
      })
    }
    const [told, head] = [await balance(node), await number(node)]
    await node.close()
    rmSync(join(folder(), 'history'), { recursive: true })
    for (let i = 0; i < 2; i++) {
      const again = await start(options)
      assert.deepEqual([await balance(again), await number(again)], [told, head])
      await again.close()
    }
  })
})
