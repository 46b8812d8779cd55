import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Address, createTestClient, http, parseEther, publicActions, walletActions } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { accounts, type Chain, delay, leveretOnly, MNEMONIC, startChain } from '../lib/index.ts'

const STRANGER: Address = '0x00000000000000000000000000000000000000aa'
const [ALICE, BOB] = accounts.map(({ address }) => address as Address) as [Address, Address]

let chain: Chain
before(async () => {
  chain = await startChain({ mining: 'auto' })
})
after(async () => {
  await chain?.stop()
})

function clientFor(mode: 'anvil' | 'hardhat') {
  return createTestClient({ mode, chain: foundry, transport: http(chain.url), pollingInterval: 50 })
    .extend(publicActions)
    .extend(walletActions)
}

for (const mode of ['anvil', 'hardhat'] as const) {
  describe(`viem's test client, mode ${mode}`, () => {
    it('writes state, and takes it back with a snapshot', async () => {
      const client = clientFor(mode)
      const before = await client.getBalance({ address: STRANGER })
      const id = await client.snapshot()
      await client.setBalance({ address: STRANGER, value: parseEther('5') })
      await client.setNonce({ address: STRANGER, nonce: 4 })
      await client.setCode({ address: STRANGER, bytecode: '0x6001' })
      await client.setStorageAt({ address: STRANGER, index: 3, value: `0x${'00'.repeat(31)}07` })
      assert.equal(await client.getBalance({ address: STRANGER }), parseEther('5'))
      assert.equal(await client.getTransactionCount({ address: STRANGER }), 4)
      assert.equal(await client.getCode({ address: STRANGER }), '0x6001')
      assert.equal(await client.getStorageAt({ address: STRANGER, slot: '0x3' }), `0x${'00'.repeat(31)}07`)
      await client.revert({ id })
      assert.equal(await client.getBalance({ address: STRANGER }), before)
      assert.equal(await client.getCode({ address: STRANGER }), undefined)
    })

    it('sends for accounts of the node, and for impersonated ones', async () => {
      const client = clientFor(mode)
      assert.deepEqual((await client.getAddresses()).slice(0, 2), [ALICE, BOB])
      const hash = await client.sendTransaction({ account: ALICE, to: STRANGER, value: 1n })
      const receipt = await client.waitForTransactionReceipt({ hash })
      const block = await client.getBlock({ blockHash: receipt.blockHash })
      assert.deepEqual([receipt.status, block.transactions], ['success', [hash]])
      await client.setBalance({ address: STRANGER, value: parseEther('1') })
      await client.impersonateAccount({ address: STRANGER })
      const sent = await client.sendTransaction({ account: STRANGER, to: BOB, value: 2n })
      assert.equal((await client.waitForTransactionReceipt({ hash: sent })).status, 'success')
      await client.stopImpersonatingAccount({ address: STRANGER })
      await assert.rejects(client.sendTransaction({ account: STRANGER, to: BOB, value: 2n }))
    })

    it('signs as the account itself does', async () => {
      const client = clientFor(mode)
      const own = mnemonicToAccount(MNEMONIC)
      const message = 'a message'
      assert.equal(await client.signMessage({ account: ALICE, message }), await own.signMessage({ message }))
      const data = {
        domain: { name: 'Mail', chainId: 31337 },
        types: { Mail: [{ name: 'to', type: 'address' }] },
        primaryType: 'Mail',
        message: { to: STRANGER },
      } as const
      assert.equal(await client.signTypedData({ account: ALICE, ...data }), await own.signTypedData(data))
    })

    it('makes blocks, and moves the time', async () => {
      const client = clientFor(mode)
      const before = await client.getBlock()
      await client.mine({ blocks: 3, interval: 10 })
      assert.equal((await client.getBlock()).number, before.number + 3n)
      await client.increaseTime({ seconds: 3600 })
      await client.mine({ blocks: 1 })
      const later = await client.getBlock()
      assert.ok(later.timestamp >= before.timestamp + 3600n)
      await client.setNextBlockTimestamp({ timestamp: later.timestamp + 500n })
      await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 123_456_789n })
      await client.mine({ blocks: 1 })
      const set = await client.getBlock()
      assert.deepEqual([set.timestamp, set.baseFeePerGas], [later.timestamp + 500n, 123_456_789n])
      await client.setBlockGasLimit({ gasLimit: 20_000_000n })
      await client.setCoinbase({ address: STRANGER })
      await client.mine({ blocks: 1 })
      assert.equal((await client.getBlock()).gasLimit, 20_000_000n)
    })

    it('lets transactions wait, drops some, and makes a block of the rest', async () => {
      const client = clientFor(mode)
      await client.setAutomine(false)
      const send = (account: Address) => client.sendTransaction({ account, to: STRANGER, value: 1n })
      const [first, second] = [await send(ALICE), await send(BOB)]
      assert.deepEqual(await client.getTxpoolStatus(), { pending: 2, queued: 0 })
      await client.dropTransaction({ hash: second })
      await client.mine({ blocks: 1 })
      await client.setAutomine(true)
      assert.deepEqual((await client.getBlock()).transactions, [first])
      await assert.rejects(client.getTransactionReceipt({ hash: second }))
    })
  })
}

describe("viem's test client, where it knows the mode anvil only", () => {
  it('asks for the mode, dumps and loads, and fixes the distance between blocks', async () => {
    const client = clientFor('anvil')
    assert.equal(await client.getAutomine(), true)
    await client.setBlockTimestampInterval({ interval: 7 })
    const { timestamp } = await client.getBlock()
    await client.mine({ blocks: 2 })
    assert.equal((await client.getBlock()).timestamp, timestamp + 14n)
    await client.removeBlockTimestampInterval()
    await client.setBalance({ address: STRANGER, value: 77n })
    const state = await client.dumpState()
    await client.setBalance({ address: STRANGER, value: 1n })
    await client.loadState({ state })
    assert.equal(await client.getBalance({ address: STRANGER }), 77n)
  })

  it('has blocks come regularly', leveretOnly('its clock is a second'), async () => {
    const client = clientFor('hardhat')
    // In this mode viem makes milliseconds of seconds.
    await client.setIntervalMining({ interval: 1 })
    const before = await client.getBlockNumber()
    await delay(2500)
    assert.ok((await client.getBlock()).number > before)
    await client.setIntervalMining({ interval: 0 })
    await client.setAutomine(true)
  })
})
