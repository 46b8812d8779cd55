import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak256 } from '../../kernels/index.ts'
import { hexToBytes } from '../../lib/index.ts'
import { EMPTY_CODE_HASH } from '../../protocol/index.ts'
import { RpcServer } from '../RpcServer.ts'
import { callMethod, FakeChain, resultOf, signTransfer } from '../testing/index.ts'

const ADDRESS = `0x${'0a'.repeat(20)}`
const KEY = `0x${'00'.repeat(31)}07`

/** A chain of mini-blocks of one transfer each. */
async function chainOf(count: number): Promise<FakeChain> {
  const chain = new FakeChain()
  for (let nonce = 0; nonce < count; nonce++) {
    await chain.submit(hexToBytes(await signTransfer(nonce)))
    chain.sealMiniBlock()
  }
  return chain
}

describe('leveret_getMiniBlock', () => {
  it('gives one by number, the newest, or null', async () => {
    const server = new RpcServer(await chainOf(3))
    const second = (await resultOf(server, 'leveret_getMiniBlock', ['0x2'])) as Record<string, unknown>
    assert.equal(second.mini_block_number, '0x2')
    assert.equal(second.tx_offset, '0x1')
    assert.equal((second.receipts as object[]).length, 1)
    assert.ok(!('state_changes' in second))
    const newest = (await resultOf(server, 'leveret_getMiniBlock', ['latest'])) as Record<string, unknown>
    assert.equal(newest.mini_block_number, '0x3')
    assert.equal(await resultOf(server, 'leveret_getMiniBlock', ['0x4']), null)
  })

  it('gives what was changed, by chunk and account', async () => {
    const chain = new FakeChain()
    const code = Uint8Array.of(0x60, 0x00)
    const address = hexToBytes(ADDRESS)
    chain.diffOfNext = {
      accounts: [
        { address, deleted: false, nonce: 7n, balance: 255n, codeHash: keccak256(code) },
        { address: new Uint8Array(20), deleted: true, nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) },
        { address: address.with(0, 0xbb), deleted: false, nonce: 1n, balance: 0n, codeHash: EMPTY_CODE_HASH },
      ],
      slots: [
        { address, key: hexToBytes(KEY), value: new Uint8Array(32).fill(1, 30) },
        { address: address.with(0, 0xcc), key: hexToBytes(KEY), value: new Uint8Array(32) },
      ],
      codes: [{ hash: keccak256(code), code }],
    }
    await chain.submit(hexToBytes(await signTransfer(0)))
    chain.diffOfNext = { accounts: [], slots: [], codes: [] }
    await chain.submit(hexToBytes(await signTransfer(1)))
    chain.sealMiniBlock()
    const server = new RpcServer(chain)
    const { state_changes: changes } = await resultOf(server, 'leveret_getMiniBlock', [
      '0x1',
      { stateChanges: true },
    ])
    const codeHash = `0x${Buffer.from(keccak256(code)).toString('hex')}`
    assert.deepEqual(changes, [
      {
        transactionIndex: '0x0',
        transactionCount: '0x1',
        accounts: [
          {
            address: ADDRESS,
            nonce: 7,
            balance: '0xff',
            storage: { [KEY]: '0x101' },
            codeHash,
            code: '0x6000',
          },
          { address: `0x${'00'.repeat(20)}`, nonce: 0, balance: '0x0', storage: {}, deleted: true },
          { address: `0xbb${ADDRESS.slice(4)}`, nonce: 1, balance: '0x0', storage: {} },
          { address: `0xcc${ADDRESS.slice(4)}`, storage: { [KEY]: '0x0' } },
        ],
      },
      { transactionIndex: '0x1', transactionCount: '0x1', accounts: [] },
    ])
  })

  it('says which is the oldest that is kept', async () => {
    const chain = await chainOf(3)
    chain.miniBlocks.oldest = 2n
    const { error } = await callMethod(new RpcServer(chain), 'leveret_getMiniBlock', ['0x1'])
    assert.deepEqual(error, { code: 4444, message: 'mini-blocks before 2 are not kept', data: '0x2' })
  })

  it('refuses what is no number', async () => {
    const server = new RpcServer(await chainOf(1))
    for (const params of [[], ['pending'], ['0x01'], ['0x1', 5], ['0x1', { stateChanges: 'yes' }]]) {
      const { error } = await callMethod(server, 'leveret_getMiniBlock', params)
      assert.equal(error?.code, -32602, JSON.stringify(params))
    }
  })
})

describe('leveret_getMiniBlocks', () => {
  const numbers = ({ miniBlocks }: { miniBlocks: { mini_block_number: string }[] }): number[] =>
    miniBlocks.map(({ mini_block_number }) => Number(mini_block_number))

  it('gives a range, and says where to go on', async () => {
    const server = new RpcServer(await chainOf(5), { maxMiniBlocks: 3 })
    const first = await resultOf(server, 'leveret_getMiniBlocks', ['0x1', 'latest'])
    assert.deepEqual([numbers(first), (first as { next: unknown }).next], [[1, 2, 3], '0x4'])
    const second = await resultOf(server, 'leveret_getMiniBlocks', ['0x4', 'latest'])
    assert.deepEqual([numbers(second), (second as { next: unknown }).next], [[4, 5], null])
    const beyond = await resultOf(server, 'leveret_getMiniBlocks', ['0x5', '0x9'])
    assert.deepEqual([numbers(beyond), (beyond as { next: unknown }).next], [[5], '0x6'])
  })

  it('ends before the answer is too large', async () => {
    const server = new RpcServer(await chainOf(5), { maxAnswerBytes: 70_000 })
    const answer = await resultOf(server, 'leveret_getMiniBlocks', ['0x1', '0x5'])
    assert.deepEqual([numbers(answer), (answer as { next: unknown }).next], [[1, 2], '0x3'])
  })

  it('refuses a range that is none', async () => {
    const { error } = await callMethod(new RpcServer(await chainOf(2)), 'leveret_getMiniBlocks', [
      '0x2',
      '0x1',
    ])
    assert.deepEqual([error?.code, error?.message], [-32602, 'invalid mini-block range params'])
  })
})
