import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OrderedTrieLimitError } from '../kernels/index.ts'
import { bytesToHex, Prng } from '../lib/index.ts'
import { type ExecutedTransaction, ExecutedTransactions } from '../protocol/index.ts'
import { OrderedRootBuilder, orderedTrieRoot } from './index.ts'

function randomValues(random: Prng, count: number, mostBytes: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const value = new Uint8Array(1 + random.nextInt(mostBytes))
    for (let i = 0; i < value.length; i++) value[i] = random.nextUint32()
    return value
  })
}

function executed(raw: Uint8Array): ExecutedTransaction {
  return { sender: new Uint8Array(20), hash: new Uint8Array(32), raw, receipt: Uint8Array.of(1) }
}

function check(builder: OrderedRootBuilder, values: readonly Uint8Array[]): void {
  for (const value of values) builder.add(value)
  assert.equal(bytesToHex(builder.root()), bytesToHex(orderedTrieRoot(values)), `${values.length} values`)
}

describe('OrderedRootBuilder', () => {
  it('has the root of every list of up to 700 values', () => {
    const builder = new OrderedRootBuilder()
    const values = randomValues(new Prng(1), 700, 80)
    for (let count = 0; count <= 700; count++) check(builder, values.slice(0, count))
  })

  it('has the root of values so short that nodes lie inside their parents', () => {
    const builder = new OrderedRootBuilder()
    const random = new Prng(2)
    for (let count = 0; count <= 300; count += 1 + random.nextInt(7)) {
      check(builder, randomValues(random, count, 1))
      check(builder, randomValues(random, count, 30))
    }
  })

  it('has the root of nodes of one to six blocks of the hash', () => {
    const builder = new OrderedRootBuilder()
    const random = new Prng(5)
    for (let count = 0; count <= 600; count += 1 + random.nextInt(20))
      check(builder, randomValues(random, count, 750))
  })

  it('has the root where the index grows a byte', () => {
    const builder = new OrderedRootBuilder()
    const values = randomValues(new Prng(3), 65_800, 40)
    for (const count of [65_535, 65_536, 65_537, 65_800]) check(builder, values.slice(0, count))
  })

  it('takes values of any length', () => {
    const builder = new OrderedRootBuilder()
    const random = new Prng(4)
    for (const bytes of [54, 55, 56, 57, 255, 256, 65_535, 65_536, 300_000]) {
      check(builder, [new Uint8Array(bytes).fill(7), ...randomValues(random, 3, bytes)])
    }
  })

  it('has the root of parts of executed transactions, however they come', () => {
    const random = new Prng(6)
    const transactions = randomValues(random, 500, 400).map((raw, i) => {
      const mostBytes = random.nextInt(20) === 0 ? 5000 : 700
      const [receipt] = randomValues(random, 1, mostBytes) as [Uint8Array]
      return { sender: new Uint8Array(20).fill(i), hash: new Uint8Array(32).fill(i), raw, receipt }
    })
    const builders = { raw: new OrderedRootBuilder(), receipt: new OrderedRootBuilder() }
    for (let count = 0; count <= 500; count += 1 + random.nextInt(30)) {
      const pieces: ExecutedTransactions[] = []
      for (let at = 0; at < count; ) {
        const end = Math.min(count, at + 1 + random.nextInt(200))
        pieces.push(ExecutedTransactions.of(transactions.slice(at, end)))
        at = end
      }
      for (const part of ['raw', 'receipt'] as const) {
        for (const piece of pieces) builders[part].addPart(piece, part)
        const expected = orderedTrieRoot(transactions.slice(0, count).map((each) => each[part]))
        assert.equal(bytesToHex(builders[part].root()), bytesToHex(expected), `${count} of ${part}`)
      }
    }
  })

  it('takes a run whose one value is the whole of it, and one that has no room', () => {
    const builder = new OrderedRootBuilder()
    const few = Array.from({ length: 129 }, () => executed(new Uint8Array(3).fill(5)))
    for (const bytes of [400_000, 40 * 2 ** 20]) {
      const long = [executed(new Uint8Array(bytes).fill(7)), executed(new Uint8Array(9).fill(8))]
      for (const piece of [few, long, long]) builder.addPart(ExecutedTransactions.of(piece), 'raw')
      const expected = orderedTrieRoot([...few, ...long, ...long].map(({ raw }) => raw))
      assert.equal(bytesToHex(builder.root()), bytesToHex(expected), `${bytes} bytes`)
    }
  })

  it('refuses a value that is longer than its memory, and an empty one', () => {
    const builder = new OrderedRootBuilder()
    assert.throws(() => builder.add(new Uint8Array(0)), { name: 'AssertionError' })
    builder.add(new Uint8Array(64 * 2 ** 20))
    assert.throws(() => builder.root(), OrderedTrieLimitError)
  })
})
