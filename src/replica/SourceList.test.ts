import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FeedSourceError } from '../feed/index.ts'
import { type NamedSource, SourceList } from './SourceList.ts'
import { ForeignSourceError, WithheldError } from './sourceErrors.ts'

const named = (name: string): NamedSource => ({ name, open: async () => assert.fail('nobody asks') })
const [a, b, c] = [named('a'), named('b'), named('c')]
const gone = new FeedSourceError('CLOSED', 'gone')

describe('SourceList', () => {
  it('asks the first that may be asked, and one that failed again after a while', () => {
    const list = new SourceList([a, b])
    assert.equal(list.next(0), a)
    list.failed(a, gone, 0)
    assert.equal(list.next(0), b)
    assert.equal(list.next(100), a)
    list.failed(a, gone, 100)
    list.failed(b, gone, 100)
    assert.deepEqual(list.next(100), { waitMs: 100 })
  })

  it('takes in sources that are found, once each, and asks them last', () => {
    const list = new SourceList([])
    assert.deepEqual(list.next(0), { waitMs: 500 })
    list.add(a)
    list.add(named('a'))
    list.add(b)
    assert.deepEqual(
      list.statuses.map(({ name }) => name),
      ['a', 'b'],
    )
    assert.equal(list.next(0), a)
  })

  it('forgets those that are gone, and bounds how many there are', () => {
    const list = new SourceList([a, b])
    list.remove('a')
    list.remove('nobody')
    assert.equal(list.next(0), b)
    assert.equal(list.failed(a, gone, 0).state, 'waiting')
    for (let i = 0; i < 100; i++) list.add(named(`${i}`))
    assert.equal(list.statuses.length, 16)
  })

  it('lets all others have their turn before one that held back', () => {
    const list = new SourceList([a, b, c])
    list.failed(a, new WithheldError(1n, 2n), 0)
    assert.equal(list.next(1000), b)
    list.failed(b, new WithheldError(1n, 2n), 1000)
    assert.equal(list.next(2000), c)
    assert.equal(list.others(c).length, 2)
  })

  it('tells no more of a failure than a line', () => {
    const long = new FeedSourceError('FAILED', 'no\n'.repeat(1000))
    const { reason } = new SourceList([a]).failed(a, long, 0)
    assert.match(reason!, /^The source of the stream: no no no /)
    assert.equal(reason!.length, 512)
  })

  it('sets one aside that is to blame', () => {
    const list = new SourceList([a])
    const status = list.failed(a, new ForeignSourceError('WRONG_GENESIS', '0x1', '0x2'), 0)
    assert.equal(status.state, 'setAside')
    assert.equal(
      status.reason,
      'The source has another chain (its genesis hash) (WRONG_GENESIS). expected: 0x1 received: 0x2',
    )
    assert.deepEqual(list.next(59_000), { waitMs: 500 })
    assert.equal(list.next(60_000), a)
  })
})
