import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SubmitAnswer } from '../../feed/index.ts'
import { SubmitRelay } from './SubmitRelay.ts'

const raw = (fill: number) => new Uint8Array(40).fill(fill)
const hashOf = (transaction: Uint8Array): SubmitAnswer => ({ hash: transaction.subarray(0, 32) })

describe('SubmitRelay', () => {
  it('answers in order', async () => {
    const relay = new SubmitRelay(async (some) => some.map(hashOf))
    assert.deepEqual(await relay.submit([raw(1), raw(2)]), [hashOf(raw(1)), hashOf(raw(2))])
    assert.deepEqual(await relay.submit([]), [])
  })

  it('sends none round in a circle', async () => {
    let hops = 0
    const first: SubmitRelay = new SubmitRelay((some) => {
      hops++
      return second.submit(some)
    })
    const second = new SubmitRelay((some) => first.submit(some))
    const [answer] = await first.submit([raw(1)])
    assert.equal((answer as { code: string }).code, 'UNDER_WAY')
    assert.equal(hops, 1)
    await first.submit([raw(1)])
    assert.equal(hops, 2)
  })

  it('sends the same transaction of one request once', async () => {
    const sent: Uint8Array[] = []
    const relay = new SubmitRelay(async (some) => {
      sent.push(...some)
      return some.map(hashOf)
    })
    const answers = await relay.submit([raw(1), raw(2), raw(1)])
    assert.deepEqual(sent, [raw(1), raw(2)])
    assert.deepEqual(answers.slice(0, 2), [hashOf(raw(1)), hashOf(raw(2))])
    assert.equal((answers[2] as { code: string }).code, 'UNDER_WAY')
  })

  it('forgets what failed', async () => {
    let isFailing = true
    const relay = new SubmitRelay(async (some) => {
      if (isFailing) throw new Error('gone')
      return some.map(hashOf)
    })
    await assert.rejects(relay.submit([raw(1)]), /gone/)
    isFailing = false
    assert.deepEqual(await relay.submit([raw(1)]), [hashOf(raw(1))])
  })
})
