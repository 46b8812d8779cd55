import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OrderedTrieLimitError } from '../kernels/index.ts'
import { bytesToHex, Prng } from '../lib/index.ts'
import {
  addToBloom,
  BLOOM_SIZE,
  type ExecutedTransaction,
  ExecutedTransactions,
  encodeReceipt,
  mergeBloom,
  receiptBloom,
  type TransactionType,
} from '../protocol/index.ts'
import { OrderedRootBuilder, orderedTrieRoot } from './index.ts'

function randomValues(random: Prng, count: number, mostBytes: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const value = new Uint8Array(1 + random.nextInt(mostBytes))
    for (let i = 0; i < value.length; i++) value[i] = random.nextUint32()
    return value
  })
}

function executed(raw: Uint8Array, receipt: Uint8Array = Uint8Array.of(1)): ExecutedTransaction {
  return { sender: new Uint8Array(20), hash: new Uint8Array(32), raw, receipt }
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

  it('has the roots of executed transactions and their receipts, with the bloom, however they come', () => {
    const random = new Prng(6)
    const transactions = randomValues(random, 500, 400).map((raw) => {
      const cumulativeGasUsed = BigInt(random.nextInt(2 ** (1 + random.nextInt(30))))
      const data = random.nextBytes(random.nextInt(random.nextInt(20) === 0 ? 5000 : 400))
      const topics = [random.nextBytes(32)]
      const address = random.nextBytes(20)
      const bloom = new Uint8Array(BLOOM_SIZE)
      for (const item of [address, ...topics]) addToBloom(bloom, item)
      const type = random.nextInt(5) as TransactionType
      const logs = [{ address, topics, data }]
      return executed(raw, encodeReceipt({ type, status: 1, cumulativeGasUsed, bloom, logs }))
    })
    const raws = new OrderedRootBuilder()
    const receipts = new OrderedRootBuilder()
    for (let count = 0; count <= 500; count += 1 + random.nextInt(30)) {
      const bloom = new Uint8Array(BLOOM_SIZE)
      for (let at = 0; at < count; ) {
        const end = Math.min(count, at + 1 + random.nextInt(200))
        const piece = ExecutedTransactions.of(transactions.slice(at, end))
        raws.addRaws(piece)
        receipts.addReceipts(piece, bloom)
        at = end
      }
      const expected = transactions.slice(0, count)
      const root = orderedTrieRoot(expected.map(({ raw }) => raw))
      const receiptsRoot = orderedTrieRoot(expected.map(({ receipt }) => receipt))
      assert.equal(bytesToHex(raws.root()), bytesToHex(root), `${count} transactions`)
      assert.equal(bytesToHex(receipts.root()), bytesToHex(receiptsRoot), `${count} receipts`)
      const union = new Uint8Array(BLOOM_SIZE)
      for (const { receipt } of expected) mergeBloom(union, receiptBloom(receipt))
      assert.deepEqual(bloom, union, `${count} blooms`)
    }
  })

  it('takes a run of which one value is nearly all, and one that has no room', () => {
    const builder = new OrderedRootBuilder()
    const few = Array.from({ length: 129 }, () => executed(new Uint8Array(3).fill(5)))
    for (const bytes of [400_000, 40 * 2 ** 20]) {
      const long = [executed(new Uint8Array(bytes).fill(7)), executed(new Uint8Array(9).fill(8))]
      for (const piece of [few, long, long]) builder.addRaws(ExecutedTransactions.of(piece))
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
