import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  count,
  formatAge,
  formatBytes,
  formatFigure,
  formatMs,
  formatShare,
  formatUnits,
  formatWei,
} from './format.ts'
import { byteLength, isAddress, isData, isHash, shorten, toNumber, toQuantity, trimWord } from './hex.ts'
import { withNewest } from './newest.ts'
import { parseSearch } from './searchQuery.ts'

const HASH = `0x${'ab'.repeat(32)}` as const
const ADDRESS = `0x${'cd'.repeat(20)}` as const

describe('hex', () => {
  it('tells addresses, hashes and data apart', () => {
    assert.ok(isAddress(ADDRESS) && isAddress(ADDRESS.toUpperCase().replace('X', 'x')))
    assert.ok(!isAddress(HASH) && !isAddress(ADDRESS.slice(2)) && !isAddress(`${ADDRESS}0`))
    assert.ok(isHash(HASH) && !isHash(ADDRESS) && !isHash(`0x${'zz'.repeat(32)}`))
    assert.ok(isData('0x') && isData('0x00ff') && !isData('0x0') && !isData('00'))
  })

  it('converts and measures', () => {
    assert.equal(toNumber('0x2a'), 42)
    assert.equal(toQuantity(2n ** 64n), '0x10000000000000000')
    assert.deepEqual([byteLength('0x'), byteLength('0x0011')], [0, 2])
    assert.deepEqual(['0x002a', '0x0000'].map(trimWord), ['0x2a', '0x0'])
    assert.equal(shorten(HASH, 4), '0xabab…abab')
    assert.equal(shorten('0x1234', 4), '0x1234')
  })
})

describe('format', () => {
  it('gives figures as many digits as tell something', () => {
    const figures = [0, 0.001, 0.4, 1, 8.34, 42, 99.95, 120.4, 1340.2, Number.NaN]
    assert.deepEqual(figures.map(formatFigure), [
      ...['0', '<0.01', '0.40', '1', '8.3', '42', '100', '120', '1,340', '–'],
    ])
  })

  it('gives amounts exactly, or says that there is more', () => {
    assert.equal(formatUnits(1_234_567_890_000_000_000n, 18), '1.23456789')
    assert.equal(formatUnits(1n, 18), '0.000000000000000001')
    assert.equal(formatUnits(1n, 18, 4), '<0.0001')
    assert.equal(formatUnits(-1234n * 10n ** 18n, 18), '−1,234')
    assert.equal(formatUnits(0n, 18, 4), '0')
    assert.equal(formatUnits(5n, 0), '5')
  })

  it('chooses the unit in which an amount is short', () => {
    assert.equal(formatWei(0n), '0 ETH')
    assert.equal(formatWei(7n), '7 wei')
    assert.equal(formatWei(1_030_000n, 9), '0.00103 gwei')
    assert.equal(formatWei(10n ** 18n), '1 ETH')
    assert.equal(formatWei(-(10n ** 18n)), '−1 ETH')
    assert.equal(formatWei(500_000_000_000_000n), '0.0005 ETH')
  })

  it('says how long, how much and how often', () => {
    assert.deepEqual([0, 12_500, 180_000, 5 * 3_600_000, 72 * 3_600_000].map(formatAge), [
      'now',
      '12 s ago',
      '3 min ago',
      '5 h ago',
      '3 d ago',
    ])
    assert.deepEqual([0.42, 12, 1200].map(formatMs), ['0.42 ms', '12 ms', '1.2 s'])
    assert.deepEqual([1, 2011, 20_480].map(formatBytes), ['1 byte', '2,011 bytes', '20 KiB'])
    assert.deepEqual([0, 0.004, 0.5, 1].map(formatShare), ['0 %', '<1 %', '50 %', '100 %'])
    assert.deepEqual([count(1, 'log'), count(2000, 'log')], ['1 log', '2,000 logs'])
  })
})

describe('parseSearch', () => {
  it('reads numbers of blocks as people write them', () => {
    for (const text of ['1234', ' 1,234 ', '#1234', '1_234', '0x4d2'])
      assert.deepEqual(parseSearch(text), { kind: 'block', number: 1234 }, text)
  })

  it('reads hashes and addresses with and without 0x, in any case', () => {
    assert.deepEqual(parseSearch(HASH.slice(2).toUpperCase()), { kind: 'hash', hash: HASH })
    assert.deepEqual(parseSearch(` ${ADDRESS}\n`), { kind: 'address', address: ADDRESS })
  })

  it('says what is wrong with anything else', () => {
    assert.match(reasonOf(''), /Type a block/)
    assert.match(reasonOf(ADDRESS.slice(0, -1)), /39 hex digits: an address has 40/)
    assert.match(reasonOf('hare'), /no block number/)
    assert.match(reasonOf('0x'), /0 hex digits/)
  })
})

function reasonOf(text: string): string {
  const query = parseSearch(text)
  assert.equal(query.kind, 'unknown')
  return query.kind === 'unknown' ? query.reason : ''
}

describe('withNewest', () => {
  it('puts the newest in front and keeps the limit', () => {
    assert.deepEqual(withNewest([3, 2, 1], [4, 5], 4), [5, 4, 3, 2])
    assert.deepEqual(withNewest([3, 2, 1], [4, 5, 6, 7, 8], 3), [8, 7, 6])
    assert.deepEqual(withNewest([], [], 3), [])
  })
})
