import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { callNode, sealedBlock, signedTransaction, testNodes } from '../testing/index.ts'

const { start } = testNodes()

const STRANGER = '0x00000000000000000000000000000000000000aa'
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const WORD = `0x${'00'.repeat(31)}2a`

type Node = Awaited<ReturnType<typeof start>>

/** What a chain says of its blocks, receipts and state. */
async function told(node: Node, last: number): Promise<unknown> {
  const blocks = []
  for (let number = 1; number <= last; number++) {
    const { size: _, ...block } = await callNode(node, 'eth_getBlockByNumber', [
      `0x${number.toString(16)}`,
      true,
    ])
    const receipts = []
    for (const { hash } of block.transactions) {
      const { miniBlock: _, ...receipt } = await callNode(node, 'eth_getTransactionReceipt', [hash])
      receipts.push({ ...receipt, promise: undefined })
    }
    blocks.push({ block, receipts })
  }
  const state = []
  for (const address of [STRANGER, SENDER])
    for (const method of ['eth_getBalance', 'eth_getTransactionCount', 'eth_getCode'])
      state.push(await callNode(node, method, [address, 'latest']))
  state.push(await callNode(node, 'eth_getStorageAt', [STRANGER, '0x5', 'latest']))
  return { blocks, state }
}

/** A dump that has no blocks up to `last`, as of a chain that has forgotten them. */
function dumpWithout(last: number, dump: string): string {
  const { blocks, ...rest } = JSON.parse(gunzipSync(Buffer.from(dump.slice(2), 'hex')).toString())
  const kept = blocks.filter(({ header }: { header: { number: string } }) => Number(header.number) > last)
  return `0x${gzipSync(JSON.stringify({ ...rest, blocks: kept })).toString('hex')}`
}

describe('anvil_dumpState and anvil_loadState', () => {
  it('take blocks, receipts and state to another chain, which goes on there, also after a restart', async () => {
    const first = await start({ mining: 'auto' })
    await callNode(first, 'anvil_setCode', [STRANGER, '0x6001'])
    await callNode(first, 'anvil_setStorageAt', [STRANGER, '0x5', WORD])
    for (const nonce of [0n, 1n, 2n]) {
      const raw = signedTransaction({ nonce, gasLimit: 50_000n, value: 1n, to: STRANGER })
      await callNode(first, 'eth_sendRawTransaction', [raw])
    }
    const dump = await callNode(first, 'anvil_dumpState', [])
    const before = await told(first, 3)
    await first.close()

    const data = mkdtempSync(join(tmpdir(), 'leveret-load-'))
    try {
      const second = await start({ mining: 'auto', data })
      const raw = signedTransaction({ nonce: 0n, gasLimit: 21_000n, value: 7n, to: SENDER })
      await callNode(second, 'eth_sendRawTransaction', [raw])
      assert.equal(await callNode(second, 'anvil_loadState', [dump]), true)
      assert.equal(await callNode(second, 'eth_blockNumber', []), '0x3')
      assert.deepEqual(await told(second, 3), before)
      const next = signedTransaction({ nonce: 3n, gasLimit: 50_000n, value: 1n, to: STRANGER })
      await callNode(second, 'eth_sendRawTransaction', [next])
      await sealedBlock(second, '0x4')
      await second.close()
      const third = await start({ mining: 'auto', data })
      assert.equal(await callNode(third, 'eth_blockNumber', []), '0x4')
      assert.equal(await callNode(third, 'eth_getBalance', [STRANGER, 'latest']), '0x4')
      assert.deepEqual(
        ((await told(third, 3)) as { blocks: unknown }).blocks,
        (before as { blocks: unknown }).blocks,
      )
      await third.close()
    } finally {
      rmSync(data, { recursive: true })
    }
  })

  it('give blocks to which a chain with other state goes back', async () => {
    const first = await start({ mining: 'auto' })
    const send = async (node: Node, nonce: bigint) => {
      const raw = signedTransaction({ nonce, gasLimit: 21_000n, value: 1n, to: STRANGER })
      await callNode(node, 'eth_sendRawTransaction', [raw])
    }
    await send(first, 0n)
    const dump = await callNode(first, 'anvil_dumpState', [])
    await first.close()
    const data = mkdtempSync(join(tmpdir(), 'leveret-load-'))
    try {
      const second = await start({ mining: 'auto', data })
      await callNode(second, 'anvil_setBalance', [`0x${'bb'.repeat(20)}`, '0x7'])
      await callNode(second, 'anvil_loadState', [dump])
      const snapshot = await callNode(second, 'evm_snapshot', [])
      await send(second, 1n)
      assert.equal(await callNode(second, 'evm_revert', [snapshot]), true)
      assert.equal(await callNode(second, 'eth_getBalance', [STRANGER, 'latest']), '0x1')
      await send(second, 1n)
      await sealedBlock(second, '0x2')
      await second.close()
      const third = await start({ mining: 'auto', data })
      assert.equal(await callNode(third, 'eth_getBalance', [STRANGER, 'latest']), '0x2')
      await third.close()
    } finally {
      rmSync(data, { recursive: true })
    }
  })

  it('take accounts alone, and refuse what is no dump', async () => {
    const node = await start()
    const accounts = { [STRANGER]: { nonce: 7, balance: '0x5', code: '0x', storage: { '0x5': '0x2a' } } }
    const dump = `0x${gzipSync(JSON.stringify({ accounts })).toString('hex')}`
    assert.equal(await callNode(node, 'anvil_loadState', [dump]), true)
    assert.equal(await callNode(node, 'eth_getTransactionCount', [STRANGER, 'latest']), '0x7')
    assert.equal(await callNode(node, 'eth_getStorageAt', [STRANGER, '0x5', 'latest']), WORD)
    for (const bad of ['0x1234', '0x1f8b00', `0x${gzipSync('{"accounts":3}').toString('hex')}`])
      await assert.rejects(callNode(node, 'anvil_loadState', [bad]), /Failed to decode state dump/)
    const again = JSON.parse(
      gunzipSync(Buffer.from((await callNode(node, 'anvil_dumpState', [])).slice(2), 'hex')).toString(),
    )
    assert.equal(again.accounts[STRANGER].balance, '0x5')
  })
})

describe('blocks of a dump that begin above the head of the chain', () => {
  it('replace those of the chain, of which none is an ancestor, also after a restart', async () => {
    const first = await start({ mining: 'auto' })
    for (const nonce of [0n, 1n, 2n, 3n, 4n]) {
      const raw = signedTransaction({ nonce, gasLimit: 21_000n, value: 1n, to: STRANGER })
      await callNode(first, 'eth_sendRawTransaction', [raw])
    }
    const dump = dumpWithout(3, await callNode(first, 'anvil_dumpState', []))
    const numbers = ['0x1', '0x3', '0x4', '0x5']
    const blockHashes = async (node: Node): Promise<string[]> =>
      await Promise.all(
        numbers.map(async (number) => (await callNode(node, 'eth_getBlockByNumber', [number, false]))?.hash),
      )
    const [, , ...last] = await blockHashes(first)
    await first.close()
    const data = mkdtempSync(join(tmpdir(), 'leveret-load-'))
    try {
      const second = await start({ mining: 'auto', data })
      const raw = signedTransaction({ nonce: 0n, gasLimit: 21_000n, value: 7n, to: SENDER })
      await callNode(second, 'eth_sendRawTransaction', [raw])
      await sealedBlock(second, '0x1')
      assert.equal(await callNode(second, 'anvil_loadState', [dump]), true)
      assert.deepEqual(await blockHashes(second), [undefined, undefined, ...last])
      await second.close()
      const third = await start({ mining: 'auto', data })
      assert.deepEqual(await blockHashes(third), [undefined, undefined, ...last])
      await callNode(third, 'anvil_mine', [])
      await sealedBlock(third, '0x6')
      await third.close()
    } finally {
      rmSync(data, { recursive: true })
    }
  })
})

describe('the file of a state', () => {
  it('is written at the end and begins a new chain; a chain that is there goes on with its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-state-'))
    try {
      const file = join(folder, 'state.json')
      const state = { load: file, isOptional: true, dump: file }
      const first = await start({ mining: 'auto', state })
      const raw = signedTransaction({ nonce: 0n, gasLimit: 21_000n, value: 5n, to: STRANGER })
      const hash = await callNode(first, 'eth_sendRawTransaction', [raw])
      await first.close()
      assert.equal(JSON.parse(readFileSync(file, 'utf8')).best_block_number, 1)
      const second = await start({ mining: 'auto', state, data: join(folder, 'other') })
      assert.equal(await callNode(second, 'eth_getBalance', [STRANGER, 'latest']), '0x5')
      assert.equal((await callNode(second, 'eth_getTransactionReceipt', [hash])).status, '0x1')
      await callNode(second, 'anvil_setBalance', [STRANGER, '0x9'])
      await second.close()
      writeFileSync(file, '{"accounts":{}}')
      const third = await start({ mining: 'auto', state: { load: file }, data: join(folder, 'other') })
      assert.equal(await callNode(third, 'eth_getBalance', [STRANGER, 'latest']), '0x9')
      await third.close()
      writeFileSync(file, 'nothing')
      const bad = start({ mining: 'auto', state: { load: file }, data: join(folder, 'third') })
      await assert.rejects(bad, /The state can't be loaded: Failed to decode state dump/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
