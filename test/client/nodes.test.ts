/** The follower of pages at real nodes: the sequencer's, and a replica that relays. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { FollowError, follow } from '../../src/client/index.ts'
import { type Node, startNode } from '../../src/node/index.ts'
import { accounts, eventually } from '../lib/index.ts'

let folder: string
let sequencer: Node
let replica: Node

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-pages-'))
  const common = { port: 0, memoryMiB: 384, publish: { port: 0 } }
  sequencer = await startNode({
    ...common,
    ...{ data: join(folder, 'sequencer'), mining: 'interval', blockMs: 200 },
  })
  replica = await startNode({
    ...common,
    ...{ data: join(folder, 'replica'), replica: { from: [sequencer.feedUrl!] } },
  })
})
after(async () => {
  await replica?.close()
  await sequencer?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a follower at real nodes', () => {
  it('verifies accounts at the sequencer and at a replica', async () => {
    for (const { url } of [sequencer, replica]) {
      const follower = await follow({ url })
      try {
        await eventually('a block', async () => follower.block)
        const account = await follower.verifyAccount(accounts[0]!.address as `0x${string}`)
        assert.equal(account.balance, 10_000n * 10n ** 18n)
        assert.ok(account.blockNumber <= follower.block!.number)
      } finally {
        follower.close()
      }
    }
  })

  it('says at a node without a feed that there is none', async () => {
    const lonely = await startNode({ port: 0, data: join(folder, 'lonely'), memoryMiB: 384 })
    try {
      const noFeed = (error: unknown) => error instanceof FollowError && error.code === 'NO_FEED'
      await assert.rejects(follow({ url: lonely.url }), noFeed)
    } finally {
      await lonely.close()
    }
  })
})
