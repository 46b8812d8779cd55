import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, Prng } from '../lib/index.ts'
import {
  ADDRESS_TERM,
  BLOOM_SIZE,
  ExecutedTransactions,
  encodeReceipt,
  type Log,
  type TransactionType,
} from '../protocol/index.ts'
import { PartWriter } from './PartWriter.ts'
import { SaltedHash } from './SaltedHash.ts'
import { encodePart } from './SealedBlockRecord.ts'
import { hashTerms, logTerms, transactionTerms } from './TransactionTerms.ts'
import { HASH_TERM } from './terms.ts'

const SALT = new Uint8Array(16).fill(5)

function randomLogs(random: Prng, dataBytes: number): Log[] {
  return Array.from({ length: random.nextInt(4) }, () => ({
    address: random.nextBytes(20),
    topics: Array.from({ length: random.nextInt(5) }, () => random.nextBytes(32)),
    data: random.nextBytes(random.nextInt(dataBytes)),
  }))
}

/** Transactions, and their logs. */
function randomBlock(random: Prng, { count, dataBytes }: { count: number; dataBytes: number }) {
  const bodies = Array.from({ length: count }, () => {
    const logs = randomLogs(random, dataBytes)
    const type = random.nextInt(5) as TransactionType
    const cumulativeGasUsed = BigInt(random.nextUint32())
    const receipt = encodeReceipt({
      ...{ type, status: random.nextInt(2) as 0 | 1, cumulativeGasUsed, logs },
      bloom: new Uint8Array(BLOOM_SIZE),
    })
    const hash = random.nextBytes(32)
    return {
      logs,
      hash,
      sender: random.nextBytes(20),
      raw: random.nextBytes(1 + random.nextInt(300)),
      receipt,
    }
  })
  return { bodies, transactions: ExecutedTransactions.of(bodies) }
}

function hashed(terms: [kind: number, bytes: Uint8Array][]): number[] {
  const hash = new SaltedHash(SALT)
  return terms.flatMap(([kind, bytes]) => {
    hash.hash(kind, bytes, 0, bytes.length)
    return [hash.high, hash.low]
  })
}

function logsOf(bodies: { logs: Log[] }[]): [kind: number, bytes: Uint8Array][] {
  return bodies.flatMap(({ logs }) =>
    logs.flatMap(({ address, topics }): [number, Uint8Array][] => [
      [ADDRESS_TERM, address],
      ...topics.map((topic, position): [number, Uint8Array] => [position, topic]),
    ]),
  )
}

describe('PartWriter', () => {
  // The last has no room in the kernel.
  for (const dataBytes of [1, 60, 300, 150_000]) {
    it(`writes parts and hashes what SaltedHash hashes, in order, of logs with up to ${dataBytes} bytes`, () => {
      const random = new Prng(dataBytes)
      const hash = new SaltedHash(SALT)
      const writer = new PartWriter(hash)
      for (const count of [0, 1, 16]) {
        const { bodies, transactions } = randomBlock(random, { count: count + 2, dataBytes })
        const written = writer.write(transactions, { first: 1, end: 1 + count, logsBefore: 7 })
        const part = bodies.slice(1, 1 + count)
        const slice = transactions.slice(1, 1 + count)
        assert.equal(written.logCount, part.flatMap(({ logs }) => logs).length)
        assert.deepEqual(
          bytesToHex(written.value),
          bytesToHex(encodePart({ firstIndex: 1, logsBefore: 7, transactions: slice })),
        )
        const hashes = part.map(({ hash }): [number, Uint8Array] => [HASH_TERM, hash])
        assert.deepEqual([...hashTerms(written.terms, count)], hashed(hashes))
        assert.deepEqual([...logTerms(written.terms, count)], hashed(logsOf(part)))
        const range = { first: 1, end: 1 + count, logsBefore: 7 }
        assert.deepEqual(writer.writeForNow(transactions, range), written)
        assert.deepEqual(writer.termsOf(slice), written.terms)
        assert.deepEqual(transactionTerms(hash, slice), written.terms)
      }
    })
  }

  it('writes on when its memory is full, and again once that is committed', () => {
    const writer = new PartWriter(new SaltedHash(SALT))
    const { transactions } = randomBlock(new Prng(1), { count: 16, dataBytes: 50_000 })
    const write = () => writer.write(transactions, { first: 0, end: 16, logsBefore: 3 })
    const [first, ...others] = Array.from({ length: 16 }, write)
    assert.ok(others.some(({ value }) => value.buffer !== first!.value.buffer))
    for (const { value, terms, logCount } of others) {
      assert.equal(bytesToHex(value), bytesToHex(first!.value))
      assert.deepEqual({ terms, logCount }, { terms: first!.terms, logCount: first!.logCount })
    }
    writer.reset()
    assert.equal(write().value.byteOffset, first!.value.byteOffset)
  })
})
