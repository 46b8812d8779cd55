import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { network } from 'hardhat'

describe('Counter', async () => {
  const { viem } = await network.create()
  const publicClient = await viem.getPublicClient()

  it('counts, and tells how by events', async () => {
    const counter = await viem.deployContract('Counter')
    for (const by of [1n, 2n, 3n]) {
      const hash = await counter.write.incBy([by])
      await publicClient.waitForTransactionReceipt({ hash })
    }
    const events = await publicClient.getContractEvents({
      ...{ address: counter.address, abi: counter.abi, eventName: 'Increment' },
      fromBlock: 0n,
    })
    assert.deepEqual(
      events.map(({ args }) => args.by),
      [1n, 2n, 3n],
    )
    assert.equal(await counter.read.x(), 6n)
  })

  it('reverts with its reason', async () => {
    const counter = await viem.deployContract('Counter')
    await assert.rejects(counter.write.incBy([0n]), /incBy: increment should be positive/)
  })
})
