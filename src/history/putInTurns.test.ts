import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nextTurn } from '../lib/index.ts'
import { putInTurns } from './putInTurns.ts'
import type { Root } from './tables.ts'

/** Commits that end when the test says so: `settle[i]` is the i-th. As the database, it goes on after one that failed. */
function heldCommits(): { root: Root; settle: PromiseWithResolvers<boolean>[] } {
  const settle: PromiseWithResolvers<boolean>[] = []
  const batch = (puts: () => void) => {
    puts()
    settle.push(Promise.withResolvers<boolean>())
    return settle.at(-1)!.promise
  }
  return { root: { batch, committed: Promise.resolve(true) }, settle }
}

function* steps(count: number, put: string[]): Generator<void, void> {
  for (let i = 0; i < count; i++) {
    put.push(`part ${i}`)
    yield
  }
}

async function someTurns(): Promise<void> {
  for (let i = 0; i < 20; i++) await nextTurn()
}

describe('puts in turns', () => {
  it('put the head only when every commit before has been made', async () => {
    const { root, settle } = heldCommits()
    const put: string[] = []
    let times = 0
    const done = putInTurns(root, steps(400, put), {
      last: () => put.push('head'),
      committed: () => times++,
    })
    await someTurns()
    assert.deepEqual([put.length, settle.length, times], [400, 4, 0])
    for (const { resolve } of settle.slice(1)) resolve(true)
    await someTurns()
    assert.deepEqual([put.length, times], [400, 0], 'the first commit is still under way')
    settle[0]!.resolve(true)
    await someTurns()
    assert.deepEqual([put.at(-1), settle.length, times], ['head', 5, 1])
    settle[4]!.resolve(true)
    await done
  })

  for (const failed of [0, 2, 7, 9])
    it(`never put the head of parts whose commit ${failed} failed`, async () => {
      const { root, settle } = heldCommits()
      const put: string[] = []
      const done = putInTurns(root, steps(1280, put), { last: () => put.push('head'), committed: () => {} })
      const rejected = assert.rejects(done, /full/)
      for (let i = 0; i < 12; i++) {
        await someTurns()
        for (const [index, { resolve, reject }] of settle.entries())
          if (index === failed) reject(new Error('the disk is full'))
          else resolve(true)
      }
      await rejected
      assert.ok(!put.includes('head'))
    })

  it('make one commit of what fits a turn, with the head', async () => {
    const { root, settle } = heldCommits()
    const put: string[] = []
    const done = putInTurns(root, steps(2, put), { last: () => put.push('head'), committed: () => {} })
    settle[0]!.resolve(true)
    await done
    assert.deepEqual([put, settle.length], [['part 0', 'part 1', 'head'], 1])
  })

  it('wait for the database before they put too much', async () => {
    const { root, settle } = heldCommits()
    const put: string[] = []
    void putInTurns(root, steps(1000, put), { last: () => {}, committed: () => {} })
    await someTurns()
    assert.deepEqual([settle.length, put.length], [4, 512])
  })
})
