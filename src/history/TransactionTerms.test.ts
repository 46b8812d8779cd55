import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Prng } from '../lib/index.ts'
import {
  ADDRESS_TERM,
  BLOOM_SIZE,
  ExecutedTransactions,
  encodeReceipt,
  type Log,
  type TransactionType,
} from '../protocol/index.ts'
import { SaltedHash } from './SaltedHash.ts'
import { TransactionTerms } from './TransactionTerms.ts'
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

function hashed(terms: [kind: number, bytes: Uint8Array][]): [number, number][] {
  const hash = new SaltedHash(SALT)
  return terms.map(([kind, bytes]) => {
    hash.hash(kind, bytes, 0, bytes.length)
    return [hash.high, hash.low]
  })
}

describe('TransactionTerms', () => {
  // The last has no room in the kernel.
  for (const dataBytes of [1, 60, 300, 300_000]) {
    it(`hashes what SaltedHash hashes, in order, of logs with up to ${dataBytes} bytes`, () => {
      const random = new Prng(dataBytes)
      const terms = new TransactionTerms(new SaltedHash(SALT))
      for (const count of [0, 1, 16]) {
        const { bodies, transactions } = randomBlock(random, { count, dataBytes })
        const hashes: [number, number][] = []
        terms.addHashes(transactions, (high, low) => hashes.push([high, low]))
        assert.deepEqual(hashes, hashed(bodies.map(({ hash }) => [HASH_TERM, hash])))
        const logs: [number, number][] = []
        terms.addLogs(transactions, (high, low) => logs.push([high, low]))
        const expected = bodies.flatMap((body) =>
          body.logs.flatMap(({ address, topics }): [number, Uint8Array][] => [
            [ADDRESS_TERM, address],
            ...topics.map((topic, position): [number, Uint8Array] => [position, topic]),
          ]),
        )
        assert.deepEqual(logs, hashed(expected))
      }
    })
  }
})
