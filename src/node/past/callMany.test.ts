import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Hex, zeroAddress } from 'viem'
import { ACCOUNT, callNode, count, LOOK, testNodes, words } from '../testing/index.ts'

const { start } = testNodes()

const ZERO_WORD: Hex = `0x${'00'.repeat(32)}`
/** Reverts with a word of its own. */
const REVERTER = '0x602a5f5260205ffd'

type Result = { value?: string; error?: unknown }

/** The first three words of what a counter's look gave: its slot, the block's number and time. */
const seen = ({ value }: Result) =>
  words(`0x${value}`)
    .slice(0, 3)
    .map((word) => Number(word))

describe('eth_callMany', () => {
  it('lets calls see what those before have changed, and leaves nothing', async () => {
    const node = await start({ blockMs: 1000 })
    const { client, address, blocks } = await count(node, 2)
    const { number } = blocks[1]!
    const time = Number((await client.getBlock({ blockNumber: number })).timestamp)
    const context = { blockNumber: `0x${number.toString(16)}` }
    const [increment, look] = [{ to: address }, { to: address, data: LOOK }]
    const bundles = [
      { transactions: [look, increment, look] },
      { transactions: [increment, look], blockOverride: { timestamp: '0x4d' } },
      { transactions: [look] },
    ]
    const ask = (): Promise<Result[][]> => callNode(node, 'eth_callMany', [bundles, context])
    const [first, second, third] = await ask()
    assert.deepEqual(seen(first![0]!), [1, Number(number), time])
    assert.deepEqual(first![1], { value: '' })
    assert.deepEqual(seen(first![2]!), [2, Number(number), time])
    assert.deepEqual(seen(second![1]!), [3, Number(number) + 1, 77])
    assert.deepEqual(seen(third![0]!), [3, Number(number) + 2, 78])
    assert.deepEqual(await ask(), [first, second, third])
  })

  it('begins after a transaction of the block, which may be open', async () => {
    const node = await start({ blockMs: 3_600_000 })
    const { wallet, address, client } = await count(node, 0, { waits: false })
    const hashes: Hex[] = []
    for (let i = 0; i < 3; i++) hashes.push(await wallet.sendTransaction({ to: address, gas: 100_000n }))
    const { transactionIndex: last } = await client.waitForTransactionReceipt({ hash: hashes[2]! })
    const lookAfter = async (transactionIndex: number) => {
      const context = { blockNumber: 'latest', transactionIndex }
      const bundles = [{ transactions: [{ to: address, data: LOOK }] }]
      const [[result]]: [[Result]] = await callNode(node, 'eth_callMany', [bundles, context])
      return result.value === '' ? undefined : seen(result)[0]
    }
    assert.equal(await lookAfter(0), undefined)
    for (let i = 0; i <= 3; i++) assert.equal(await lookAfter(last - 2 + i), i)
    assert.equal(await lookAfter(-1), 3)
  })

  it('takes overrides of whole storages, and goes on after a revert', async () => {
    const node = await start()
    const { address } = await count(node, 2)
    const overrides = {
      [address]: { state: { [`0x${'00'.repeat(31)}01`]: ZERO_WORD } },
      [zeroAddress]: { code: REVERTER },
    }
    const calls = [{ to: address }, { to: zeroAddress }, { to: address, data: LOOK }]
    const params = [[{ transactions: calls }], { blockNumber: 'latest' }, overrides]
    const [[, reverted, looked]]: [Result[]] = await callNode(node, 'eth_callMany', params)
    assert.deepEqual(reverted, {
      error: { message: 'execution reverted', data: `0x${'00'.repeat(31)}2a` },
    })
    assert.equal(seen(looked!)[0], 1)
  })
})

describe('eth_createAccessList', () => {
  it('lists what a transaction uses, with the gas that it then takes', async () => {
    const node = await start()
    const { client, wallet, address, blocks } = await count(node, 1)
    const call = { from: ACCOUNT.address, to: address }
    const { accessList, gasUsed } = await callNode(node, 'eth_createAccessList', [call])
    assert.deepEqual(accessList, [{ address, storageKeys: [ZERO_WORD] }])
    const hash = await wallet.sendTransaction({ to: address, accessList, gas: 100_000n })
    assert.equal((await client.waitForTransactionReceipt({ hash })).gasUsed, BigInt(gasUsed))
    const before = await callNode(node, 'eth_createAccessList', [call, `0x${blocks[0]!.number.toString(16)}`])
    // The slot was zero then.
    assert.deepEqual(before.accessList, accessList)
    assert.equal(BigInt(before.gasUsed) - BigInt(gasUsed), 17_100n)
  })

  it('tells why the call fails', async () => {
    const node = await start()
    const overrides = { [zeroAddress]: { code: REVERTER } }
    const made = await callNode(node, 'eth_createAccessList', [{ to: zeroAddress }, 'latest', overrides])
    assert.deepEqual([made.accessList, made.error], [[], 'execution reverted'])
  })
})
