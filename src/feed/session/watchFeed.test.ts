import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type FeedSource, FeedSourceError } from '../FeedSource.ts'
import { watchFeed } from './watchFeed.ts'

/** A source that answers as it is told, and counts how often it is asked. */
function sourceThat(answer: () => Promise<never>) {
  const heard = { asked: 0, closed: 0 }
  const hello = () => {
    heard.asked++
    return answer()
  }
  const close = () => void heard.closed++
  return { source: { hello, close } as unknown as FeedSource, heard }
}

async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    mock.timers.tick(1000)
    // What was asked is answered.
    await setImmediate()
  }
}

describe('watchFeed', () => {
  it('asks again and again as long as there are answers', async () => {
    mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    try {
      const { source, heard } = sourceThat(async () => ({}) as never)
      watchFeed(source)
      await pass(60)
      assert.deepEqual(heard, { asked: 30, closed: 0 })
    } finally {
      mock.timers.reset()
    }
  })

  it('closes a source that is silent, and leaves one alone that has ended', async () => {
    mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    try {
      const silent = sourceThat(() => new Promise(() => {}))
      const ended = sourceThat(() =>
        Promise.reject(new FeedSourceError('CLOSED', 'the connection has ended')),
      )
      const busy = sourceThat(() => Promise.reject(new FeedSourceError('LIMIT', 'too many requests')))
      for (const { source } of [silent, ended, busy]) watchFeed(source)
      await pass(20)
      assert.deepEqual(silent.heard, { asked: 1, closed: 1 })
      assert.deepEqual(ended.heard, { asked: 1, closed: 0 })
      assert.deepEqual(busy.heard, { asked: 10, closed: 0 })
    } finally {
      mock.timers.reset()
    }
  })
})
