import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { network } from 'hardhat'
import { parseEther } from 'viem'

const STRANGER = '0x00000000000000000000000000000000000000aa'

describe('network helpers', async () => {
  const { viem, networkHelpers } = await network.create('developer')
  const { time } = networkHelpers
  const publicClient = await viem.getPublicClient()
  const [wallet] = await viem.getWalletClients()

  async function deployed() {
    const counter = await viem.deployContract('Counter')
    await counter.write.incBy([5n])
    return counter
  }

  it('load a fixture again and again', async () => {
    for (let i = 0; i < 3; i++) {
      const counter = await networkHelpers.loadFixture(deployed)
      assert.equal(await counter.read.x(), 5n)
      await counter.write.incBy([7n])
      assert.equal(await counter.read.x(), 12n)
    }
  })

  it('move the time', async () => {
    const before = await time.latest()
    assert.equal(await time.increase(1000), before + 1000)
    assert.equal(await time.latest(), before + 1000)
    await time.increaseTo(before + 5000)
    assert.equal(await time.latest(), before + 5000)
    await time.setNextBlockTimestamp(before + 6000)
    const hash = await wallet.sendTransaction({ to: STRANGER, value: 1n })
    const { blockNumber } = await publicClient.waitForTransactionReceipt({ hash })
    const { timestamp } = await publicClient.getBlock({ blockNumber })
    assert.equal(timestamp, BigInt(before + 6000))
  })

  it('make blocks', async () => {
    const [number, timestamp] = [await time.latestBlock(), await time.latest()]
    await networkHelpers.mine()
    assert.equal(await time.latestBlock(), number + 1)
    await networkHelpers.mine(10, { interval: 60 })
    assert.equal(await time.latestBlock(), number + 11)
    assert.ok((await time.latest()) >= timestamp + 9 * 60)
    await networkHelpers.mineUpTo(number + 20)
    assert.equal(await time.latestBlock(), number + 20)
  })

  it('write state', async () => {
    await networkHelpers.setBalance(STRANGER, parseEther('3'))
    await networkHelpers.setNonce(STRANGER, 9)
    await networkHelpers.setCode(STRANGER, '0x6001')
    await networkHelpers.setStorageAt(STRANGER, 1, 42)
    assert.equal(await publicClient.getBalance({ address: STRANGER }), parseEther('3'))
    assert.equal(await publicClient.getTransactionCount({ address: STRANGER }), 9)
    assert.equal(await publicClient.getCode({ address: STRANGER }), '0x6001')
    assert.equal(Number(await networkHelpers.getStorageAt(STRANGER, 1)), 42)
    await networkHelpers.setCode(STRANGER, '0x')
  })

  it('send for impersonated accounts', async () => {
    await networkHelpers.setBalance(STRANGER, parseEther('3'))
    await networkHelpers.impersonateAccount(STRANGER)
    const impersonated = await viem.getWalletClient(STRANGER)
    const hash = await impersonated.sendTransaction({ to: wallet.account.address, value: 1n })
    const receipt = await publicClient.waitForTransactionReceipt({ hash })
    assert.deepEqual([receipt.status, receipt.from], ['success', STRANGER])
    await networkHelpers.stopImpersonatingAccount(STRANGER)
  })

  it('say what the next block has, and go back', async () => {
    const snapshot = await networkHelpers.takeSnapshot()
    const before = await time.latestBlock()
    await networkHelpers.setNextBlockBaseFeePerGas(3_000_000_000)
    await networkHelpers.setPrevRandao(0x1234)
    await networkHelpers.setCoinbase(STRANGER)
    await networkHelpers.setBlockGasLimit(20_000_000)
    await networkHelpers.mine()
    const block = await publicClient.getBlock()
    assert.deepEqual(
      [block.baseFeePerGas, block.gasLimit, block.miner],
      [3_000_000_000n, 20_000_000n, STRANGER],
    )
    assert.equal(BigInt(block.mixHash), 0x1234n)
    await snapshot.restore()
    assert.equal(await time.latestBlock(), before)
  })
})
